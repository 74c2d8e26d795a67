import { draw } from './random.ts';

const list = (text: string): readonly string[] => text.split('|').map((word) => word.trim());

const openings = list(
  `The customer|A returning buyer|The caller|Our account manager|The new administrator|A trial user|The procurement lead|
  The store owner|Someone from finance|The patient|The guest|A long-standing client|The warehouse team|The field engineer|
  An anonymous visitor|The parent|The reseller|The broker|A student|The driver|The office manager|The shift lead|
  The café owner in Málaga|The Zürich branch|A partner from São Paulo|The night auditor|The subscriber|The applicant`,
);
const actions = list(
  `asked for a refund of|could not find|wants to move|complained about|confirmed|needs an invoice for|reported a fault with|
  was charged twice for|cancelled|would like to extend|compared our offer on|requested a demo of|forgot the password to|
  praised the delivery of|wants a discount on|disputed|asked how to return|is waiting for|changed the address on|
  agreed to renew|escalated the delay of|asked for the status of|wants to upgrade|received the wrong|lost access to|
  approved the budget for|raised concerns about|scheduled a follow-up on|declined|requested legal terms for`,
);
const things = list(
  `the annual plan|order|the winter booking|the loyalty card|three replacement filters|the starter kit|a damaged parcel|
  the mobile contract|the spring campaign seats|the insurance claim|the API add-on|an unpaid balance|the hotel room|
  the second shipment|the printer lease|the onboarding session|the family subscription|the gift voucher|the data export|
  the security review|the warranty part|the delivery slot|the pilot project|the support tier|the training licences|
  the customs form|the rental car|the duplicate ticket|the catering quote|the ergonomic chairs|the premium dashboard`,
);
const reasons = list(
  `because the tracking page shows nothing|after the price changed|before the end of the quarter|since the last update failed|
  and was told to wait two days|but the agent found no record|and left satisfied|because the colour did not match|
  as agreed in the previous call|while travelling abroad|and asked for a written answer|after reading the release notes|
  because the competitor answers faster|and will call again on Monday|since the card on file expired|and accepted the offer|
  although the terms say thirty days|because two people share one login|after a long time on hold|and wants to speak to a manager|
  because the courier never came|and mentioned a bug in the app|once procurement signs|since the invoice names the wrong entity`,
);
const givenNames = list(
  `Amara|Björn|Chiara|Dmitri|Elif|Fatima|Gustavo|Hana|Ibrahim|Joana|Kwame|Léa|Marta|Nikhil|Olu|Priya|Quinn|Rosa|Søren|
  Tomás|Uma|Viktor|Wanjiru|Ximena|Yara|Zoltán|Anke|Boris|Catalina|Deniz|Emma|Félix`,
);
const familyNames = list(
  `Adeyemi|Bergström|Castillo|Dvořák|Eriksen|Fernández|Gupta|Haddad|Ivanova|Jansen|Kowalski|Lindqvist|Moreau|Nakamura|
  O'Connor|Petrov|Quispe|Rossi|Schäfer|Tanaka|Ueda|Vasquez|Weber|Xu|Yilmaz|Zhang|Abbott|Brandt|Costa|Dubois|Ekström|Farah`,
);
const beginnings = list('ba|cor|del|fen|gro|har|jun|kel|lum|mor|nex|ob|pra|qui|ros|sel|tor|ul|ven|wex|yar|zed|bri|cla');
const endings = list(
  'ander|bix|cott|dine|ero|field|gate|hart|ium|joy|kin|line|mont|nova|ora|port|quest|ridge|son|tech|ura|ville|way|zone',
);
/** Names of firms and products, so that texts differ in more than the order of known phrases. */
const names = beginnings.flatMap((first) =>
  endings.map((last) => `${first[0]?.toUpperCase()}${first.slice(1)}${last}`),
);
const oddities = list(
  `said \\"call me back\\"|path C:\\\\orders|naïve — déjà vu|价格太高了|👍 thanks|\\u00fcber\\/under|tab\\there`,
);

/** What the words of a row hang on. */
export interface RowSeed {
  readonly seed: number;
  readonly ordinal: number;
}

function pick(from: RowSeed, salt: number, words: readonly string[]): string {
  return words[draw(from.seed, from.ordinal, salt) % words.length] ?? '';
}

/** One of the given words. */
export const oneOf = pick;

/** Sentences about a conversation, ready to stand between the quotes of a JSON string. */
export function sentences(from: RowSeed, salt: number, count: number): string {
  let text = '';
  for (let n = 0; n < count; n++) {
    const bits = draw(from.seed, from.ordinal, salt + n);
    const opening = openings[bits % openings.length];
    const action = actions[(bits >>> 6) % actions.length];
    const thing = things[(bits >>> 12) % things.length];
    const reason = reasons[(bits >>> 18) % reasons.length];
    const more = draw(from.seed, from.ordinal, salt + n + 1000);
    const firm = names[more % names.length];
    const product = names[(more >>> 10) % names.length];
    text += `${n > 0 ? ' ' : ''}${opening} of ${firm} ${action} ${thing} ${product} ${more.toString(36)}/${bits.toString(36)} ${reason}.`;
  }
  const chance = draw(from.seed, from.ordinal, salt + 90);
  return chance % 32 === 0 ? `${text} ${oddities[(chance >>> 8) % oddities.length]}` : text;
}

/** A person's name and address. The domains are those reserved for examples (RFC 2606). */
export function person(from: RowSeed, salt: number): { readonly name: string; readonly email: string } {
  const bits = draw(from.seed, from.ordinal, salt);
  const given = givenNames[bits % givenNames.length];
  const family = familyNames[(bits >>> 8) % familyNames.length];
  const mailbox = `u${bits.toString(36)}@${bits & 1 ? 'example.com' : 'mail.example.org'}`;
  return { name: `${given} ${family}`, email: mailbox };
}
