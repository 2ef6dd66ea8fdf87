// Stands before every script that a test runs in Thunderbird's main window.
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const module = name => ChromeUtils.importESModule(`resource:///modules/${name}.sys.mjs`);
const account = () => MailServices.accounts.accounts.find(one => one.incomingServer.type == "imap");
const root = () => account().incomingServer.rootFolder;
const folder = name => (name == "INBOX" ? root().getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox)
  : root().containsChildNamed(name) ? root().getChildNamed(name) : null);
const pane = () => document.getElementById("tabmail").currentAbout3Pane;
const view = () => pane().gDBView;

// The rows of the thread pane as they are drawn: its texts, and what its marks stand for.
const rows = () => [...pane().document.querySelectorAll("#threadTree tbody tr.table-layout")]
  .sort((one, other) => one.index - other.index)
  .map(row => ({
    subject: row.querySelector(".subject-line span").textContent,
    from: row.querySelector(".correspondentcol-column").textContent.trim(),
    marks: (row.dataset.properties ?? "").split(" "),
  }));

const index = subject => {
  for (let at = 0; at < (view()?.rowCount ?? 0); at++)
    if (view().cellTextForColumn(at, "subjectCol") == subject) return at;
  return -1;
};

const select = subject => {
  const at = index(subject);
  if (at < 0) return false;
  pane().threadTree.selectedIndex = at;
  return true;
};

// As the menus and keys do.
const command = (name, ...more) => pane().commandController.doCommand(name, ...more);

const trust = text => Cc["@mozilla.org/security/x509certdb;1"]
  .getService(Ci.nsIX509CertDB).addCertFromBase64(text, "C,,");

const addAccount = async (login, password, mail, imap, smtp) => {
  const { AccountConfig } = module("accountcreation/AccountConfig");
  const config = new AccountConfig();
  const server = {
    hostname: "localhost", username: login, password,
    socketType: Ci.nsMsgSocketType.SSL, auth: Ci.nsMsgAuthMethod.passwordCleartext,
  };
  Object.assign(config.incoming, server, { type: "imap", port: imap });
  Object.assign(config.outgoing, server, { type: "smtp", port: smtp });
  config.identity = { realname: "Anna", emailAddress: mail };
  config.rememberPassword = true;
  const { CreateInBackend } = module("accountcreation/CreateInBackend");
  await CreateInBackend.createAccountInBackend(config);
};

// The message pane as it is drawn.
const shown = () => {
  const message = document.getElementById("tabmail").currentAboutMessage;
  const body = message?.getMessagePaneBrowser()?.contentDocument?.body;
  return body && {
    subject: message.document.getElementById("expandedsubjectBox").textContent,
    from: message.document.getElementById("expandedfromBox").textContent,
    text: body.textContent,
    attachments: [...message.document.querySelectorAll("#attachmentList .attachmentcell-name")]
      .map(one => one.textContent + one.nextElementSibling?.textContent),
  };
};

// What is typed into the quick filter.
const filter = text => {
  const box = pane().document.getElementById("qfb-qs-textbox");
  pane().goDoCommand("cmd_showQuickFilterBar");
  const input = box.shadowRoot.querySelector("input");
  input.value = text;
  input.dispatchEvent(new Event("input"));
};

// The subjects that the server finds for a text in bodies.
const search = (name, text) => new Promise(resolve => {
  const session = Cc["@mozilla.org/messenger/searchSession;1"]
    .createInstance(Ci.nsIMsgSearchSession);
  session.addScopeTerm(Ci.nsMsgSearchScope.onlineMail, folder(name));
  const term = session.createTerm();
  term.attrib = Ci.nsMsgSearchAttrib.Body;
  term.op = Ci.nsMsgSearchOp.Contains;
  const value = term.value;
  value.attrib = term.attrib;
  value.str = text;
  term.value = value;
  session.appendTerm(term);
  const found = [];
  session.registerListener({
    onSearchHit: header => found.push(header.mime2DecodedSubject),
    onSearchDone: status => resolve({ found, status }),
    onNewSearch() {},
    QueryInterface: ChromeUtils.generateQI(["nsIMsgSearchNotify"]),
  });
  session.search(window.msgWindow);
});

// The window in which a message is written, once it is ready.
const composing = () => {
  const one = Services.wm.getMostRecentWindow("msgcompose");
  return one?.gLoadingComplete && !one.gWindowLocked ? one : null;
};

const compose = (to, subject, body) => {
  const fields = Cc["@mozilla.org/messengercompose/composefields;1"]
    .createInstance(Ci.nsIMsgCompFields);
  Object.assign(fields, { to, subject, body });
  const settings = Cc["@mozilla.org/messengercompose/composeparams;1"]
    .createInstance(Ci.nsIMsgComposeParams);
  settings.composeFields = fields;
  settings.format = Ci.nsIMsgCompFormat.PlainText;
  MailServices.compose.OpenComposeWindowWithParams(null, settings);
};

// The set-up of an account, as a person goes through it: the step that is open, and its button.
const setup = () => document.querySelector("account-hub-container")?.modal;
const step = () => setup()?.querySelector("[id$=Subview]:not([hidden])");
const forward = () => setup().querySelector("account-hub-footer #forward");
const type = (name, text) => {
  const input = step().querySelector(name);
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
};

// What an account came to.
const settings = () => {
  const { incomingServer: imap, defaultIdentity: identity } = account();
  const smtp = MailServices.outgoingServer.getServerByKey(identity.smtpServerKey)
    .QueryInterface(Ci.nsISmtpServer);
  const of = (server, host) => ({
    host, port: server.port, user: server.username,
    tls: server.socketType == Ci.nsMsgSocketType.SSL,
    starttls: server.socketType == Ci.nsMsgSocketType.alwaysSTARTTLS,
  });
  return { imap: of(imap, imap.hostname), smtp: of(smtp, smtp.hostname), mail: identity.email };
};
