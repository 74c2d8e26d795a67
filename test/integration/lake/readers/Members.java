import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** Unpacks a file to standard output: from the file itself, or over reads that are short and never say what is available, as a network's are. */
public class Members {
  public static void main(String[] args) throws IOException {
    InputStream file = new FileInputStream(args[1]);
    InputStream packed = args[0].equals("short") ? new ShortReads(file) : file;
    new GZIPInputStream(packed).transferTo(System.out);
    System.out.flush();
  }

  private static final class ShortReads extends FilterInputStream {
    ShortReads(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return super.read(into, offset, Math.min(length, 100));
    }

    @Override
    public int available() {
      return 0;
    }
  }
}
