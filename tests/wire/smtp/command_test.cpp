#include "sync/wire/smtp/command.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::wire::smtp {
namespace {

/// A command in words; a refusal as its code.
struct Told {
  std::string operator()(const command::Hello& hello) const {
    return (hello.form == command::Hello::Form::ehlo ? "EHLO " : "HELO ") + std::string(hello.name);
  }
  std::string operator()(const command::Mail& mail) const {
    return "MAIL <" + mail.sender.address + ">" + format_parameters(mail.sender) +
           (mail.size ? " size " + std::to_string(*mail.size) : "");
  }
  std::string operator()(const command::Rcpt& rcpt) const {
    return "RCPT <" + rcpt.recipient.address + ">" + format_parameters(rcpt.recipient);
  }
  std::string operator()(const command::Bdat& bdat) const {
    return "BDAT " + std::to_string(bdat.octets) +
           (bdat.chunk == command::Bdat::Chunk::last ? " LAST" : "");
  }
  std::string operator()(const command::Auth& auth) const {
    return "AUTH " + std::string(auth.mechanism) +
           (auth.initial ? " " + std::string(*auth.initial) : "");
  }
  std::string operator()(const command::Data& /*unused*/) const { return "DATA"; }
  std::string operator()(const command::StartTls& /*unused*/) const { return "STARTTLS"; }
  std::string operator()(const command::Rset& /*unused*/) const { return "RSET"; }
  std::string operator()(const command::Noop& /*unused*/) const { return "NOOP"; }
  std::string operator()(const command::Quit& /*unused*/) const { return "QUIT"; }
  std::string operator()(const command::Help& /*unused*/) const { return "HELP"; }
  std::string operator()(const command::Vrfy& /*unused*/) const { return "VRFY"; }
  std::string operator()(const command::Expn& /*unused*/) const { return "EXPN"; }
};

std::string told(std::string_view line, Charset charset = Charset::ascii) {
  const auto command = parse_command(line, charset);
  if (command) return std::visit(Told{}, *command);
  return std::to_string(command.error().code) + " " + command.error().status->text();
}

struct Row {
  const char* name;
  std::string line;
  std::string expected;
};

TEST(ParseSmtpCommand, ReadsTheCommandsOfMailPrograms) {
  const std::vector<Row> rows{
      {"EHLO", "EHLO laptop.home", "EHLO laptop.home"},
      {"lower case", "ehlo [192.168.1.7]", "EHLO [192.168.1.7]"},
      {"HELO", "HELO x", "HELO x"},
      {"EHLO of nobody", "EHLO", "501 5.5.4"},
      {"MAIL", "MAIL FROM:<a@b.c>", "MAIL <a@b.c>"},
      {"a blank behind the colon", "mail from: <a@b.c>", "MAIL <a@b.c>"},
      {"the null sender", "MAIL FROM:<>", "MAIL <>"},
      {"parameters", "MAIL FROM:<a@b.c> SIZE=7 BODY=8bitmime RET=hdrs ENVID=x+20y",
       "MAIL <a@b.c> BODY=8BITMIME RET=HDRS ENVID=x+20y size 7"},
      {"binary", "MAIL FROM:<a@b.c> BODY=BINARYMIME", "MAIL <a@b.c> BODY=BINARYMIME"},
      {"SMTPUTF8", "MAIL FROM:<\xc3\xa4@b.c> SMTPUTF8", "MAIL <\xc3\xa4@b.c> SMTPUTF8"},
      {"UTF-8 without it", "MAIL FROM:<\xc3\xa4@b.c>", "501 5.1.7"},
      {"AUTH= is no use", "MAIL FROM:<a@b.c> AUTH=<>", "MAIL <a@b.c>"},
      {"an unknown parameter", "MAIL FROM:<a@b.c> XFOO=1", "555 5.5.4"},
      {"BODY of nonsense", "MAIL FROM:<a@b.c> BODY=9BIT", "501 5.5.4"},
      {"SIZE of nonsense", "MAIL FROM:<a@b.c> SIZE=-1", "501 5.5.4"},
      {"an ENVID with a line end", "MAIL FROM:<a@b.c> ENVID=a+0D+0A", "501 5.5.4"},
      {"no path", "MAIL FROM:", "501 5.1.7"},
      {"E12 something glued to the path", "MAIL FROM:<a@b.c>x", "501 5.1.7"},
      {"MAIL TO", "MAIL TO:<a@b.c>", "501 5.5.4"},
      {"RCPT", "RCPT TO:<a@b.c>", "RCPT <a@b.c>"},
      {"RCPT to nobody", "RCPT TO:<>", "501 5.1.3"},
      {"NOTIFY", "RCPT TO:<a@b.c> NOTIFY=success,DELAY", "RCPT <a@b.c> NOTIFY=SUCCESS,DELAY"},
      {"NOTIFY=NEVER", "RCPT TO:<a@b.c> NOTIFY=NEVER", "RCPT <a@b.c> NOTIFY=NEVER"},
      {"NEVER with others, RFC 3461 section 4.1", "RCPT TO:<a@b.c> NOTIFY=NEVER,DELAY",
       "501 5.5.4"},
      {"ORCPT", "RCPT TO:<a@b.c> ORCPT=rfc822;a+2Bx@b.c", "RCPT <a@b.c> ORCPT=rfc822;a+2Bx@b.c"},
      {"ORCPT without a type", "RCPT TO:<a@b.c> ORCPT=a@b.c", "501 5.5.4"},
      {"DATA", "DATA", "DATA"},
      {"DATA with words", "DATA now", "501 5.5.4"},
      {"BDAT, RFC 3030 section 2", "BDAT 100", "BDAT 100"},
      {"BDAT LAST", "bdat 0 last", "BDAT 0 LAST"},
      {"BDAT of nothing", "BDAT", "501 5.5.4"},
      {"BDAT beyond 64 bits", "BDAT 99999999999999999999", "501 5.5.4"},
      {"BDAT with more", "BDAT 1 LAST x", "501 5.5.4"},
      {"AUTH", "AUTH PLAIN AGEAYg==", "AUTH PLAIN AGEAYg=="},
      {"AUTH without a response", "AUTH login", "AUTH login"},
      {"AUTH of nothing", "AUTH", "501 5.5.4"},
      {"STARTTLS", "STARTTLS", "STARTTLS"},
      {"STARTTLS with words", "STARTTLS x", "501 5.5.4"},
      {"RSET", "RSET", "RSET"},
      {"NOOP with words", "NOOP hello", "NOOP"},
      {"QUIT", "QUIT", "QUIT"},
      {"HELP", "HELP MAIL", "HELP"},
      {"VRFY", "VRFY anna", "VRFY"},
      {"EXPN", "EXPN staff", "EXPN"},
      {"unknown", "XYZZY", "500 5.5.1"},
      {"a longer word", "MAILS FROM:<a@b.c>", "500 5.5.1"},
      {"empty", "", "500 5.5.1"},
      {"E12 a bare CR", "MAIL FROM:<a@b.c>\rRCPT TO:<d@e.f>", "500 5.5.2"},
      {"E12 NUL", std::string("RCPT TO:<a\0@b.c>", 16), "500 5.5.2"},
  };
  for (const Row& row : rows) EXPECT_EQ(told(row.line), row.expected) << row.name;
}

TEST(ParseSmtpCommand, RecipientsAreInternationalAfterSmtputf8) {
  EXPECT_EQ(told("RCPT TO:<\xc3\xa4@b.c>"), "501 5.1.3");
  EXPECT_EQ(told("RCPT TO:<\xc3\xa4@b.c>", Charset::utf8), "RCPT <\xc3\xa4@b.c>");
}

}  // namespace
}  // namespace postern::wire::smtp
