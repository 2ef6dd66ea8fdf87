#include "sync/engine/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace postern::engine {
namespace {

using config::KeepOnServer;
using testing::HasSubstr;
using wire::pop3::Expiry;

TEST(RetentionNote, TellsWhenTheServerDeletesSooner) {  // RFC 2449 section 6.7
  using Rule = KeepOnServer::Rule;
  using std::chrono::days;
  struct Row {
    const char* name;
    KeepOnServer keep;
    std::optional<Expiry> expiry;
    const char* expected;  ///< nullptr: nothing
  };
  const Row rows[] = {
      {"the server says nothing", {Rule::forever, {}}, std::nullopt, nullptr},
      {"NEVER", {Rule::forever, {}}, Expiry{}, nullptr},
      {"for ever against 30 days", {Rule::forever, {}}, Expiry{30}, "after 30 days"},
      {"until-deleted against 30 days", {Rule::until_deleted, {}}, Expiry{30}, "after 30 days"},
      {"for ever against 0", {Rule::forever, {}}, Expiry{0}, "only what is here remains"},
      {"14 days against 30", {Rule::days, days(14)}, Expiry{30}, nullptr},
      {"60 days against 30", {Rule::days, days(60)}, Expiry{30}, "after 30 days"},
      {"never against 0", {Rule::never, {}}, Expiry{0}, nullptr},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const std::string note = retention_note(row.keep, row.expiry);
    if (row.expected == nullptr) {
      EXPECT_EQ(note, "");
    } else {
      EXPECT_THAT(note, HasSubstr(row.expected));
    }
  }
}

TEST(Explain, NamesTheMessageThatHasNoEnd) {  // D12
  config::Source source;
  source.server = {"pop.example.net", 995};
  upstream::Refused why{upstream::Refusal::too_large, "RETR", "beyond the limit"};
  why.message = 7;
  EXPECT_THAT(explain(source, why).detail, HasSubstr("message 7"));
  why.kind = upstream::Refusal::protocol;
  EXPECT_THAT(explain(source, why).detail, HasSubstr("RETR 7"));
}

}  // namespace
}  // namespace postern::engine
