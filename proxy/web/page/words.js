// Every text of the page, in both languages. {0} and {1} are filled in.

const table = {
  skip: ["Skip to content", "Zum Inhalt"],
  nav_overview: ["Overview", "Übersicht"],
  nav_mail: ["Mail", "E-Mails"],
  nav_devices: ["Devices", "Geräte"],
  nav_setup: ["New account", "Neues Konto"],
  leave: ["Sign out", "Abmelden"],
  live: ["live", "live"],
  lost: ["No connection, trying again …", "Keine Verbindung, neuer Versuch …"],
  enter_title: ["Open this page with its link", "Diese Seite mit ihrem Link öffnen"],
  enter_text: [
    "It shows your mail, so it wants to know that it is you. On the machine where Postern runs, type this in a terminal and open the link that it prints:",
    "Sie zeigt Ihre E-Mails, darum will sie wissen, dass Sie es sind. Geben Sie dies auf dem Rechner, auf dem Postern läuft, in ein Terminal ein und öffnen Sie den Link:",
  ],
  enter_used: [
    "This link is not good any more: each one opens the page once.",
    "Dieser Link gilt nicht mehr: Jeder öffnet die Seite nur einmal.",
  ],
  loading: ["One moment …", "Einen Moment …"],
  accounts_none: ["No account yet.", "Noch kein Konto."],
  messages: ["{0} messages", "{0} Nachrichten"],
  message_1: ["1 message", "1 Nachricht"],
  in_mailboxes: ["in {0} mailboxes", "in {0} Ordnern"],
  on_disk: ["{0} on disk", "{0} auf der Platte"],
  index_behind: ["search index: {0} of {1}", "Suchindex: {0} von {1}"],
  last_success: ["last success {0}", "zuletzt erfolgreich {0}"],
  next_poll: ["next poll {0}", "nächster Abruf {0}"],
  next_asked: ["next poll when you ask", "nächster Abruf auf Ihren Wunsch"],
  postponed: ["asked for, begins {0}", "gewünscht, beginnt {0}"],
  on_server: ["{0} on the server", "{0} auf dem Server"],
  fetched: ["{0} fetched since the start", "{0} seit dem Start abgeholt"],
  never: ["never", "nie"],
  state_idle: ["Up to date", "Auf dem neuesten Stand"],
  state_polling: ["Looking for new mail", "Sucht neue Nachrichten"],
  state_fetching: ["Fetching {0} of {1} messages", "Holt {0} von {1} Nachrichten ab"],
  state_waiting: ["Not polled yet", "Noch nicht abgerufen"],
  state_wrong_password: [
    "The provider refused the password: correct it, then poll",
    "Der Anbieter hat das Passwort abgelehnt: korrigieren, dann abrufen",
  ],
  state_sign_in_needed: ["Sign in again: postern login {0}", "Neu anmelden: postern login {0}"],
  state_unreachable: ["The server cannot be reached", "Der Server ist nicht erreichbar"],
  state_bad_certificate: [
    "The server's certificate cannot be trusted; nothing was sent",
    "Dem Zertifikat des Servers ist nicht zu trauen; nichts wurde gesendet",
  ],
  state_mailbox_locked: [
    "Mailbox locked by another program",
    "Postfach von einem anderen Programm gesperrt",
  ],
  state_throttled: ["Throttled", "Gedrosselt"],
  state_throttled_until: ["Throttled until {0}", "Gedrosselt bis {0}"],
  state_server_error: [
    "The server gave an answer that makes no sense",
    "Der Server hat unverständlich geantwortet",
  ],
  state_store_failure: [
    "The disk is full or fails; nothing was deleted on the server",
    "Die Platte ist voll oder defekt; auf dem Server wurde nichts gelöscht",
  ],
  again_at: ["again {0}", "erneut {0}"],
  poll_now: ["Poll now", "Jetzt abrufen"],
  poll_asked: ["Asked for.", "Angestoßen."],
  preview: ["What would be deleted?", "Was würde gelöscht?"],
  preview_running: ["Looking, nothing is changed …", "Es wird nur nachgesehen …"],
  preview_title: ["What a poll would do now", "Was ein Abruf jetzt täte"],
  preview_fetch: ["{0} to be fetched", "{0} abzuholen"],
  preview_placeholder: ["{0} too large to be fetched", "{0} zu groß zum Abholen"],
  preview_delete_there: ["{0} to be deleted at the provider", "{0} beim Anbieter zu löschen"],
  preview_trash_here: ["{0} to be moved to Trash here", "{0} hier in den Papierkorb zu legen"],
  preview_nothing: ["Nothing was changed.", "Nichts wurde verändert."],
  preview_none: [
    "It could not look: see what the account says above.",
    "Es konnte nicht nachgesehen werden: siehe oben beim Konto.",
  ],
  preview_more: ["and {0} more", "und {0} weitere"],
  close: ["Close", "Schließen"],
  sending: ["Sending: {0}", "Versand: {0}"],
  sent_count: ["{0} sent since the start", "{0} seit dem Start gesendet"],
  outbox: ["{0} waiting in Outbox", "{0} im Postausgang"],
  outbox_one: ["to {0}, next attempt {1}", "an {0}, nächster Versuch {1}"],
  chart_days: ["Messages per day", "Nachrichten pro Tag"],
  chart_days_alt: [
    "{0} in the last 30 days, {1} of them today",
    "{0} in den letzten 30 Tagen, davon {1} heute",
  ],
  chart_polls: ["How long polls took", "Dauer der Abrufe"],
  chart_polls_alt: [
    "{0} polls, the last one took {1}, the longest {2}",
    "{0} Abrufe, der letzte dauerte {1}, der längste {2}",
  ],
  chart_none: ["Nothing to show yet.", "Noch nichts zu zeigen."],
  today: ["today", "heute"],
  disk: ["Disk", "Speicherplatz"],
  disk_used: ["{0} used by mail here, {1} free", "{0} durch Mail belegt, {1} frei"],
  connections: ["Connections", "Verbindungen"],
  connections_none: ["No mail program is connected.", "Kein Mailprogramm ist verbunden."],
  devices: ["Devices", "Geräte"],
  devices_none: [
    "No device has a password of its own yet.",
    "Noch hat kein Gerät ein eigenes Passwort.",
  ],
  rights_full: ["everything", "alles"],
  "rights_read-only": ["read only", "nur lesen"],
  "rights_send-only": ["send only", "nur senden"],
  col_device: ["Device", "Gerät"],
  col_rights: ["May", "Darf"],
  col_last: ["Last used", "Zuletzt benutzt"],
  col_revoke: ["Revoke", "Sperren"],
  col_protocol: ["Protocol", "Protokoll"],
  col_account: ["Account", "Konto"],
  col_program: ["Program", "Programm"],
  col_from: ["From", "Von"],
  col_since: ["Since", "Seit"],
  no_tls: ["no TLS", "ohne TLS"],
  not_logged_in: ["not logged in", "nicht angemeldet"],
  problems: ["Recent problems", "Letzte Probleme"],
  problems_none: ["None since the start.", "Keine seit dem Start."],
  problem_times: ["{0} times", "{0}-mal"],
  problem_over: ["over", "behoben"],
  config_problem: [
    "The changed configuration is not in force",
    "Die geänderte Konfiguration ist nicht in Kraft",
  ],
  account_problem: ["This account's mail cannot be used", "Dieses Konto ist nicht benutzbar"],
  footer: ["Postern {0}, running since {1}", "Postern {0}, läuft seit {1}"],
  error: ["That did not work", "Das hat nicht geklappt"],
  mail_title: ["Look into your mail", "In die E-Mails schauen"],
  mail_account: ["Account", "Konto"],
  mail_text: ["Words in a message", "Wörter in einer Nachricht"],
  mail_search: ["Search", "Suchen"],
  mail_latest: ["The latest messages", "Die neuesten Nachrichten"],
  mail_none: ["Nothing was found.", "Nichts gefunden."],
  mail_more: ["Only the latest {0} are shown.", "Nur die neuesten {0} werden gezeigt."],
  mail_no_subject: ["(no subject)", "(kein Betreff)"],
  mail_pick: ["Choose a message to read it.", "Wählen Sie eine Nachricht zum Lesen."],
  mail_safe: [
    "Shown as plain text. Nothing is loaded from elsewhere.",
    "Als reiner Text gezeigt. Es wird nichts von anderswo geladen.",
  ],
  mail_cut: ["The rest of this long message is not shown.", "Der Rest der langen Nachricht fehlt hier."],
  mail_parts: ["Attachments", "Anhänge"],
  mail_no_text: ["There is no text in this message.", "Diese Nachricht enthält keinen Text."],
  field_from: ["From", "Von"],
  field_to: ["To", "An"],
  field_cc: ["Cc", "Kopie"],
  field_reply_to: ["Reply to", "Antwort an"],
  field_date: ["Date", "Datum"],
  field_mailbox: ["Mailbox", "Ordner"],
  setup_title: ["Add an account", "Konto hinzufügen"],
  setup_address: ["Your mail address", "Ihre E-Mail-Adresse"],
  setup_next: ["Next", "Weiter"],
  setup_looking: ["Looking for the server …", "Der Server wird gesucht …"],
  setup_found: ["{0} is known: {1}", "{0} ist bekannt: {1}"],
  setup_server_found: ["Found: {0}", "Gefunden: {0}"],
  setup_enable: ["POP3 has to be switched on there first:", "POP3 muss dort zuerst eingeschaltet werden:"],
  setup_server: ["POP3 server, HOST or HOST:PORT", "POP3-Server, HOST oder HOST:PORT"],
  setup_server_unknown: [
    "No preset for this address, and no server was found. Name it:",
    "Für diese Adresse gibt es keine Voreinstellung, und kein Server wurde gefunden. Nennen Sie ihn:",
  ],
  setup_oauth: [
    "This provider takes no passwords; one signs in with a browser. Type in a terminal:",
    "Dieser Anbieter nimmt keine Passwörter an; man meldet sich im Browser an. Im Terminal:",
  ],
  setup_username: ["User name there", "Benutzername dort"],
  setup_password: ["Password there", "Passwort dort"],
  setup_plaintext: [
    "This server offers no encryption: your password and your mail would cross the network readable. Use postern setup if you want that all the same.",
    "Dieser Server bietet keine Verschlüsselung: Passwort und Mails wären unterwegs lesbar. Wenn Sie das trotzdem wollen: postern setup.",
  ],
  setup_try: ["Try the login", "Anmeldung prüfen"],
  setup_trying: ["Logging in …", "Anmeldung läuft …"],
  setup_works: ["It works: {0}, {1}.", "Es klappt: {0}, {1}."],
  setup_account: ["Name of the account here", "Name des Kontos hier"],
  setup_rule: [
    "What becomes of the messages at the provider, once they are safely here?",
    "Was wird aus den Nachrichten beim Anbieter, wenn sie sicher hier sind?",
  ],
  rule_forever: ["They stay; nothing is ever deleted there", "Sie bleiben; dort wird nie etwas gelöscht"],
  rule_until_deleted: [
    "What you delete here is deleted there too",
    "Was Sie hier löschen, wird auch dort gelöscht",
  ],
  rule_days: [
    "They are deleted there 30 days after they were fetched",
    "Sie werden dort 30 Tage nach dem Abholen gelöscht",
  ],
  setup_write: ["Add it", "Hinzufügen"],
  setup_writing: ["Writing the configuration …", "Die Konfiguration wird geschrieben …"],
  setup_done: ["Done. The first sync begins.", "Fertig. Der erste Abruf beginnt."],
  setup_later: [
    "Done. The provider wants a pause between two logins: the first mail comes after {0}.",
    "Fertig. Der Anbieter will Pausen zwischen Anmeldungen: Die erste Mail kommt nach {0}.",
  ],
  setup_program: ["In your mail program", "In Ihrem Mailprogramm"],
  setup_program_server: ["IMAP server", "IMAP-Server"],
  setup_program_user: ["User", "Benutzer"],
  setup_program_password: ["Password, shown only now", "Passwort, nur jetzt zu sehen"],
  setup_same_password: ["the password of that account", "das Passwort dieses Kontos"],
  setup_overview: ["Watch it", "Zusehen"],
  device_title: ["Add a device", "Gerät hinzufügen"],
  device_why: [
    "Each phone, laptop or scanner gets a password of its own. If one is lost, only that one is revoked.",
    "Jedes Handy, jedes Notebook, jeder Scanner bekommt ein eigenes Passwort. Geht ein Gerät verloren, wird nur dieses gesperrt.",
  ],
  device_name: ["Name of the device", "Name des Geräts"],
  device_name_hint: [
    "Small letters, digits and . _ -, for example phone",
    "Kleine Buchstaben, Ziffern und . _ -, zum Beispiel handy",
  ],
  device_full: ["Everything: read, change and send", "Alles: lesen, ändern und senden"],
  "device_read-only": ["Only read; it changes nothing", "Nur lesen; es ändert nichts"],
  "device_send-only": [
    "Only send, from one address; it sees no mail (a scanner)",
    "Nur senden, von einer Adresse; es sieht keine Mails (ein Scanner)",
  ],
  device_sender: ["The address that it sends from", "Die Adresse, von der es sendet"],
  device_add: ["Make a password", "Passwort erzeugen"],
  device_adding: ["Making a password …", "Das Passwort wird erzeugt …"],
  device_made: ["{0} is there. Type this into it:", "{0} ist angelegt. Geben Sie dort dies ein:"],
  device_password: ["Password", "Passwort"],
  device_sends_as: ["Sends as", "Sendet als"],
  device_once: [
    "The password is shown this once. If it is lost, revoke the device and add it anew.",
    "Das Passwort ist nur jetzt zu sehen. Geht es verloren, sperren Sie das Gerät und legen es neu an.",
  ],
  device_nowhere: [
    "Nothing listens that it could log in at: name a listener under listen: in the configuration.",
    "Nichts ist da, wo es sich anmelden könnte: Nennen Sie in der Konfiguration etwas unter listen:.",
  ],
  device_done: ["I have it", "Übernommen"],
  server_imap: ["IMAP server", "IMAP-Server"],
  server_pop3: ["POP3 server", "POP3-Server"],
  server_smtp: ["SMTP server", "SMTP-Server"],
  server_port: ["port {0}", "Port {0}"],
  security_tls: ["SSL/TLS", "SSL/TLS"],
  security_starttls: ["STARTTLS", "STARTTLS"],
  security_none: ["no encryption", "keine Verschlüsselung"],
  only_here: ["programs on this machine only", "nur Programme auf diesem Rechner"],
  qr_link: ["Opens the link on a phone", "Öffnet den Link auf dem Handy"],
  qr_text: ["The settings as text, with the password", "Die Einstellungen als Text, mit dem Passwort"],
  link_title: ["Or open this link on the device", "Oder öffnen Sie diesen Link auf dem Gerät"],
  link_text: [
    "It works once and within {0} minutes, and needs nothing else.",
    "Er gilt einmal und {0} Minuten lang und braucht sonst nichts.",
  ],
  link_here: [
    "It opens on this machine only, since the page listens on nothing else. To open it elsewhere, write web: 0.0.0.0:8143 into the configuration.",
    "Er öffnet sich nur auf diesem Rechner, denn die Seite lauscht sonst nirgends. Für andere Geräte web: 0.0.0.0:8143 in die Konfiguration schreiben.",
  ],
  link_none: [
    "There is no link to set it up with: the page is not served here.",
    "Einen Link zum Einrichten gibt es nicht: Die Seite wird hier nicht angeboten.",
  ],
  revoke: ["Revoke", "Sperren"],
  revoke_one: ["Revoke {0}", "{0} sperren"],
  revoke_sure: ["Revoke {0}?", "{0} sperren?"],
  revoke_text: [
    "Its password is worth nothing then, and its connections end at once.",
    "Sein Passwort gilt dann nicht mehr, und seine Verbindungen enden sofort.",
  ],
  revoke_not: ["Leave it", "Nicht sperren"],
  revoke_running: ["Revoking …", "Wird gesperrt …"],
  take_title: ["Set up a device", "Gerät einrichten"],
  take_for: ["Set up {0}", "{0} einrichten"],
  take_lead: [
    "Choose what this device is. The settings, with the password, are given once.",
    "Wählen Sie, was dieses Gerät ist. Die Einstellungen mit dem Passwort gibt es einmal.",
  ],
  take_apple: ["iPhone, iPad or Mac", "iPhone, iPad oder Mac"],
  take_apple_text: [
    "A profile: allow the download, then open it in Settings.",
    "Ein Profil: den Download erlauben, dann in den Einstellungen öffnen.",
  ],
  take_thunderbird: ["Thunderbird", "Thunderbird"],
  take_thunderbird_text: [
    "Its configuration file (autoconfig), with the password in a comment.",
    "Seine Konfigurationsdatei (autoconfig), das Passwort in einem Kommentar.",
  ],
  take_text: ["Anything else", "Etwas anderes"],
  take_text_text: [
    "Servers, user name and password to type in.",
    "Server, Benutzername und Passwort zum Eintippen.",
  ],
  take_done: [
    "Here they come. This link is worth nothing any more.",
    "Da kommen sie. Dieser Link gilt nun nicht mehr.",
  ],
  take_failed: ["The settings could not be asked for: {0}.", "Die Einstellungen konnten nicht erfragt werden: {0}."],
  take_again: ["Try again", "Noch einmal versuchen"],
  take_worn: [
    "This link is not good any more: each one works once, for a quarter of an hour. Add the device anew.",
    "Dieser Link gilt nicht mehr: Jeder gilt einmal und eine Viertelstunde lang. Legen Sie das Gerät neu an.",
  ],
  setup_not_in_force: ["It is written, but not in force", "Es ist gespeichert, aber noch nicht in Kraft"],
  back: ["Start again", "Von vorn"],
};

const german = (navigator.languages || [navigator.language]).find((one) => /^(de|en)\b/.test(one));
export const language = german && german.startsWith("de") ? "de" : "en";
const column = language === "de" ? 1 : 0;
const locale = navigator.language && navigator.language.startsWith(language) ? navigator.language : language;

export function word(key, ...values) {
  const text = table[key] ? table[key][column] : key;
  return text.replace(/\{(\d)\}/g, (_, place) => values[Number(place)]);
}

const whole = new Intl.NumberFormat(locale);
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const dated = new Intl.DateTimeFormat(locale, {
  day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
});
const full = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const short_day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });

export const number = (value) => whole.format(value || 0);
export const day = (date) => short_day.format(date);

// The time alone where it is today's.
export function time(text) {
  if (!text) return word("never");
  const date = new Date(text);
  const today = new Date().toDateString() === date.toDateString();
  return (today ? clock : dated).format(date);
}

export function moment(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? "" : full.format(date);
}

export function messages(count) {
  return count === 1 ? word("message_1") : word("messages", number(count));
}

export function octets(value) {
  let size = value || 0;
  let unit = 0;
  const units = ["B", "kB", "MB", "GB", "TB"];
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    ++unit;
  }
  const digits = size < 10 && unit > 0 ? 1 : 0;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(size)} ${units[unit]}`;
}

export function seconds(value) {
  const digits = value < 1 ? 2 : value < 10 ? 1 : 0;
  if (value < 120) {
    return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)} s`;
  }
  return `${number(Math.round(value / 60))} min`;
}
