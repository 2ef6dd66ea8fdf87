// node send.mjs HOST PORT SECURE USER PASSWORD CA FILE FROM TO...: hands in the octets of a file. SECURE
// is "yes" (TLS at once), "no" (STARTTLS) or "never", with which CA is not read.
import fs from "node:fs";
import nodemailer from "nodemailer";

const [host, port, secure, user, pass, ca, file, from, ...to] = process.argv.slice(2);
const transport = nodemailer.createTransport({
  host,
  port: Number(port),
  secure: secure === "yes",
  requireTLS: secure === "no",
  ignoreTLS: secure === "never",
  auth: { user, pass },
  tls: secure === "never" ? {} : { ca: fs.readFileSync(ca) },
});
try {
  const sent = await transport.sendMail({ envelope: { from, to }, raw: fs.readFileSync(file) });
  console.log(JSON.stringify({ response: sent.response }));
} catch (error) {
  console.log(JSON.stringify({ code: error.responseCode, response: error.response ?? String(error) }));
  process.exitCode = 1;
}
