#include "sync/wire/oauth/answer.h"

#include <gtest/gtest.h>

namespace postern::wire::oauth {
namespace {

using std::chrono::seconds;

TEST(Grant, IsRead) {
  struct Row {
    const char* name;
    const char* body;
    const char* refresh;
    int lifetime;
  };
  const Row rows[] = {
      {"RFC 6749 section 5.1",
       R"({"access_token":"at","token_type":"Bearer","expires_in":1800,"refresh_token":"rt","x":1})",
       "rt", 1800},
      {"type in lower case", R"({"access_token":"at","token_type":"bearer"})", "", 3600},
      {"no type", R"({"access_token":"at"})", "", 3600},
      {"lifetime as a string", R"({"access_token":"at","expires_in":"60"})", "", 60},
      {"lifetime with a fraction", R"({"access_token":"at","expires_in":59.9})", "", 59},
      {"negative lifetime", R"({"access_token":"at","expires_in":-1})", "", 3600},
      {"no number", R"({"access_token":"at","expires_in":"soon"})", "", 3600},
      {"lifetime null", R"({"access_token":"at","expires_in":null})", "", 3600},
      {"lifetime beyond reason", R"({"access_token":"at","expires_in":99999999999})", "", 31622400},
      {"refresh token null", R"({"access_token":"at","refresh_token":null})", "", 3600},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto grant = parse_grant(200, Secret(row.body));
    ASSERT_TRUE(grant);
    EXPECT_EQ(grant->access_token.reveal(), "at");
    EXPECT_EQ(grant->refresh_token.reveal(), row.refresh);
    EXPECT_EQ(grant->lifetime, seconds(row.lifetime));
  }
}

TEST(Grant, ErrorsAreTold) {
  struct Row {
    const char* name;
    unsigned status;
    std::string body;
    ErrorKind kind;
    const char* words;
  };
  const Row rows[] = {
      {"RFC 6749 section 5.2", 400, R"({"error":"invalid_grant","error_description":"revoked"})",
       ErrorKind::invalid_grant, "invalid_grant: revoked"},
      {"with 401", 401, R"({"error":"invalid_client"})", ErrorKind::refused, "invalid_client"},
      {"with 200", 200, R"({"error":"invalid_grant"})", ErrorKind::invalid_grant, "invalid_grant"},
      {"pending", 400, R"({"error":"authorization_pending"})", ErrorKind::authorization_pending,
       "authorization_pending"},
      {"pending with 428", 428, R"({"error":"authorization_pending"})",
       ErrorKind::authorization_pending, "authorization_pending"},
      {"slow down", 400, R"({"error":"slow_down"})", ErrorKind::slow_down, "slow_down"},
      {"slow down with 429", 429, R"({"error":"slow_down"})", ErrorKind::slow_down, "slow_down"},
      {"denied", 400, R"({"error":"access_denied"})", ErrorKind::access_denied, "access_denied"},
      {"declined", 400, R"({"error":"authorization_declined"})", ErrorKind::access_denied,
       "authorization_declined"},
      {"expired", 400, R"({"error":"expired_token"})", ErrorKind::expired_token, "expired_token"},
      {"trouble", 503, "<html>", ErrorKind::temporary, "HTTP 503"},
      {"trouble that says otherwise", 500, R"({"error":"invalid_grant"})", ErrorKind::temporary,
       "invalid_grant"},
      {"throttled", 429, "", ErrorKind::temporary, "HTTP 429"},
      {"throttled in words", 429, R"({"error":"invalid_grant"})", ErrorKind::temporary,
       "invalid_grant"},
      // E17
      {"redirect", 302, R"({"access_token":"at"})", ErrorKind::redirect, "HTTP 302"},
      {"redirect that keeps the form", 307, "", ErrorKind::redirect, "HTTP 307"},
      {"not found", 404, "<html>", ErrorKind::nonsense, "HTTP 404"},
      {"no JSON", 200, "<html>", ErrorKind::nonsense, "the answer is no JSON object"},
      {"cut", 200, R"({"access_token":"at")", ErrorKind::nonsense, "the answer is no JSON object"},
      {"a list", 200, "[]", ErrorKind::nonsense, "the answer is no JSON object"},
      {"empty", 200, "", ErrorKind::nonsense, "the answer is no JSON object"},
      {"deep", 200, std::string(30000, '['), ErrorKind::nonsense, "the answer is no JSON object"},
      {"no token", 200, "{}", ErrorKind::nonsense, "the answer holds no access token"},
      {"a number as token", 200, R"({"access_token":1})", ErrorKind::nonsense,
       "the answer holds no access token"},
      {"empty token", 200, R"({"access_token":""})", ErrorKind::nonsense,
       "the answer holds no access token"},
      {"a line break in the token", 200, R"({"access_token":"a\r\nDELE 1"})", ErrorKind::nonsense,
       "the answer holds no access token"},
      {"^A in the token", 200, R"({"access_token":"a\u0001b"})", ErrorKind::nonsense,
       "the answer holds no access token"},
      {"huge token", 200, R"({"access_token":")" + std::string(20000, 'a') + "\"}",
       ErrorKind::nonsense, "the answer holds no access token"},
      {"another type", 200, R"({"access_token":"at","token_type":"mac"})", ErrorKind::nonsense,
       "a token of another type"},
      {"type is a number", 200, R"({"access_token":"at","token_type":7})", ErrorKind::nonsense,
       "a token of another type"},
      {"error is a number", 400, R"({"error":1})", ErrorKind::nonsense, "HTTP 400"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const auto grant = parse_grant(row.status, Secret(row.body));
    ASSERT_FALSE(grant);
    EXPECT_EQ(grant.error().kind, row.kind);
    EXPECT_EQ(grant.error().words, row.words);
  }
}

TEST(Grant, LongWordsAreCut) {
  const auto grant = parse_grant(
      400, Secret(R"({"error":"x","error_description":")" + std::string(5000, 'y') + "\"}"));
  ASSERT_FALSE(grant);
  EXPECT_EQ(grant.error().words.size(), 300);
}

TEST(DeviceGrant, IsRead) {
  const auto grant = parse_device_grant(200, Secret(R"({
    "device_code": "GmRh", "user_code": "WDJB-MJHT",
    "verification_uri": "https://example.com/device",
    "verification_uri_complete": "https://example.com/device?user_code=WDJB-MJHT",
    "expires_in": 1800, "interval": 7})"));  // RFC 8628 section 3.2
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->device_code.reveal(), "GmRh");
  EXPECT_EQ(grant->user_code, "WDJB-MJHT");
  EXPECT_EQ(grant->verification_uri, "https://example.com/device");
  EXPECT_EQ(grant->verification_uri_complete, "https://example.com/device?user_code=WDJB-MJHT");
  EXPECT_EQ(grant->lifetime, seconds(1800));
  EXPECT_EQ(grant->interval, seconds(7));
}

TEST(DeviceGrant, HasDefaultsAndBounds) {
  struct Row {
    const char* more;
    int lifetime;
    int interval;
  };
  const Row rows[] = {
      {"", 900, 5},
      {R"(,"expires_in":1e30,"interval":0)", 900, 1},
      {R"(,"expires_in":999999999,"interval":999999)", 86400, 300},
  };
  for (const Row& row : rows) {
    const auto grant =
        parse_device_grant(200, Secret(std::string(R"({"device_code":"d","user_code":"u",)"
                                                   R"("verification_url":"https://a.example/")") +
                                       row.more + "}"));
    ASSERT_TRUE(grant) << row.more;
    EXPECT_EQ(grant->lifetime, seconds(row.lifetime));
    EXPECT_EQ(grant->interval, seconds(row.interval));
  }
}

TEST(DeviceGrant, RefusesWhatAPersonMustNotBeShown) {
  const char* rows[] = {
      R"({"user_code":"u","verification_uri":"https://a.example/"})",
      R"({"device_code":"d","verification_uri":"https://a.example/"})",
      R"({"device_code":"d","user_code":"u\u001b[2J","verification_uri":"https://a.example/"})",
      R"({"device_code":"d","user_code":"u"})",
      R"({"device_code":"d","user_code":"u","verification_uri":"javascript:alert"})",
      R"({"device_code":"d","user_code":"u","verification_uri":"https://a.example/\u001b[2J"})",
      R"([1])",
  };
  for (const char* row : rows) {
    const auto grant = parse_device_grant(200, Secret(row));
    ASSERT_FALSE(grant) << row;
    EXPECT_EQ(grant.error().kind, ErrorKind::nonsense);
  }
  EXPECT_EQ(parse_device_grant(400, Secret(R"({"error":"unauthorized_client"})")).error().kind,
            ErrorKind::refused);
}

TEST(Redirect, IsReadOnlyWithOurState) {
  struct Row {
    const char* query;
    Redirect::Kind kind;
    const char* value;
  };
  const Row rows[] = {
      {"code=4%2F0&state=st", Redirect::Kind::code, "4/0"},
      {"state=st&code=c&scope=mail&iss=x", Redirect::Kind::code, "c"},
      {"error=access_denied&state=st", Redirect::Kind::refused, "access_denied"},
      {"error=a&error_description=b+c&state=st", Redirect::Kind::refused, "a: b c"},
      {"code=c", Redirect::Kind::foreign, ""},
      {"code=c&state=other", Redirect::Kind::foreign, ""},
      {"code=c&state=", Redirect::Kind::foreign, ""},
      {"code=c&state=st&state=st", Redirect::Kind::foreign, ""},
      {"code=c&code=d&state=st", Redirect::Kind::foreign, ""},
      {"error=access_denied", Redirect::Kind::foreign, ""},
      {"code=&state=st", Redirect::Kind::foreign, ""},
      {"code=%0D%0A&state=st", Redirect::Kind::foreign, ""},
      {"code=%&state=st", Redirect::Kind::foreign, ""},
      {"state=st", Redirect::Kind::foreign, ""},
      {"", Redirect::Kind::foreign, ""},
  };
  for (const Row& row : rows) {
    const Redirect redirect = parse_redirect(row.query, "st");
    EXPECT_EQ(redirect.kind, row.kind) << row.query;
    EXPECT_EQ(redirect.kind == Redirect::Kind::code ? redirect.code.reveal() : redirect.words,
              row.value)
        << row.query;
  }
  EXPECT_EQ(parse_redirect("code=c&state=", "").kind, Redirect::Kind::foreign);
}

}  // namespace
}  // namespace postern::wire::oauth
