// Command members unpacks a gzip file to standard output.
package main

import (
	"compress/gzip"
	"io"
	"log"
	"os"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	packed, err := gzip.NewReader(file)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(os.Stdout, packed); err != nil {
		log.Fatal(err)
	}
}
