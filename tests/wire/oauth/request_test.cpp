#include "sync/wire/oauth/request.h"

#include <gtest/gtest.h>

namespace postern::wire::oauth {
namespace {

const Client public_client{"postern id", Secret(), "mail offline"};
const Client private_client{"id", Secret("s&cret"), ""};

TEST(Pkce, GivesTheChallengeOfTheRfc) {
  // RFC 7636 appendix B.
  EXPECT_EQ(code_challenge(Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  EXPECT_EQ(base64_url(std::string_view("\xFB\xFF\x00", 3)), "-_8A");
  EXPECT_EQ(base64_url("a"), "YQ");
}

TEST(Authorization, IsAUrl) {
  const Authorization authorization{"http://127.0.0.1:4711/", "st&te",
                                    Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
                                    "anna@example.com"};
  const std::string url =
      authorization_url("https://login.example/auth", public_client, authorization);
  EXPECT_EQ(url,
            "https://login.example/auth?response_type=code&client_id=postern%20id"
            "&redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2F&scope=mail%20offline"
            "&state=st%26te&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
            "&code_challenge_method=S256&login_hint=anna%40example.com");
  EXPECT_EQ(url.find("dBjft"), std::string::npos);
  // RFC 6749 section 3.1: the endpoint's own query stays.
  EXPECT_TRUE(authorization_url("https://login.example/auth?prompt=consent", private_client,
                                {"http://127.0.0.1:1/", "s", Secret("v"), ""})
                  .starts_with("https://login.example/auth?prompt=consent&response_type=code&"));
}

TEST(Forms, HoldWhatTheRfcsWant) {
  struct Row {
    const char* name;
    Secret form;
    const char* text;
  };
  const Authorization authorization{"http://127.0.0.1:1/", "s", Secret("verifier"), ""};
  const Row rows[] = {
      {"RFC 8628 section 3.1", device_form(public_client),
       "scope=mail%20offline&client_id=postern%20id"},
      {"without a scope", device_form(private_client), "client_id=id&client_secret=s%26cret"},
      {"RFC 8628 section 3.4", device_token_form(public_client, Secret("d/1")),
       "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d%2F1"
       "&client_id=postern%20id"},
      {"RFC 6749 section 4.1.3", code_token_form(public_client, authorization, Secret("4/c")),
       "grant_type=authorization_code&code=4%2Fc&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F"
       "&code_verifier=verifier&client_id=postern%20id"},
      {"RFC 6749 section 6", refresh_form(private_client, Secret("r+t")),
       "grant_type=refresh_token&refresh_token=r%2Bt&client_id=id&client_secret=s%26cret"},
  };
  for (const Row& row : rows) EXPECT_EQ(row.form.reveal(), row.text) << row.name;
}

}  // namespace
}  // namespace postern::wire::oauth
