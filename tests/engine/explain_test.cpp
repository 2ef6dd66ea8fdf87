#include "sync/engine/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sync/engine/interception.h"

namespace postern::engine {
namespace {

using testing::HasSubstr;
using testing::Not;
using upstream::Refusal;

config::Source source_at(const char* host) {
  config::Source source;
  source.server = {host, 995};
  source.username = "anna";
  return source;
}

upstream::Refused refused(const char* words) {
  return {Refusal::auth, "PASS", words, true};
}

TEST(Explain, NamesThePageWherePop3IsSwitchedOn) {
  const auto web = source_at("pop3.web.de");
  const auto off = explain(web, refused("POP3 access is disabled"));
  EXPECT_EQ(off.state, SourceState::wrong_password);
  EXPECT_THAT(off.detail, HasSubstr("switched off"));
  EXPECT_THAT(off.detail, HasSubstr("https://hilfe.web.de/pop-imap/einschalten.html"));
  const auto wrong = explain(web, refused("wrong password"));
  EXPECT_THAT(wrong.detail, HasSubstr("check user name and password"));
  EXPECT_THAT(wrong.detail, HasSubstr("https://hilfe.web.de/pop-imap/einschalten.html"));
  EXPECT_THAT(explain(source_at("pop.example.net"), refused("no")).detail, Not(HasSubstr("http")));
}

TEST(Explain, NamesTheProgramThatReadsAlong) {
  const net::Error error(net::ErrorKind::certificate,
                         "the server's certificate is refused: its issuer is not trusted; "
                         "certificate \"CN=pop.gmx.net\", issued by \"O=AVAST Software\"");
  const auto trouble = explain(source_at("pop.gmx.net").server, error);
  EXPECT_EQ(trouble.state, SourceState::bad_certificate);
  EXPECT_THAT(trouble.detail, HasSubstr("Avast on this machine or in this network reads along"));
  const net::Error other(net::ErrorKind::certificate, "issued by \"O=Some Authority\"");
  EXPECT_THAT(explain(source_at("pop.gmx.net").server, other).detail, HasSubstr("`pin:`"));
}

TEST(Interceptor, IsKnownByItsCertificates) {
  for (const auto& [issuer, name] :
       {std::pair{"CN=Avast Web/Mail Shield Root, O=Avast Web/Mail Shield", "Avast"},
        std::pair{"CN=Kaspersky Anti-Virus Personal Root Certificate", "Kaspersky"},
        std::pair{"CN=ESET SSL Filter CA", "ESET"}, std::pair{"O=Zscaler Inc.", "Zscaler"}})
    EXPECT_EQ(interceptor(issuer), name) << issuer;
  for (const char* issuer : {"", "C=US, O=Let's Encrypt, CN=R3", "CN=Telekom Security ServerID"})
    EXPECT_FALSE(interceptor(issuer)) << issuer;
}

}  // namespace
}  // namespace postern::engine
