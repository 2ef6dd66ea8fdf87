#include "proxy/imap/filter_expansion.h"

#include <map>

#include <gtest/gtest.h>

#include "sync/wire/imap/parse_command.h"

namespace postern::imap::test {
namespace {

using wire::imap::parse_search_program;
using What = FilterMistake::What;
using Definitions = std::map<std::string, std::string>;

std::expected<wire::imap::SearchKey, FilterMistake> expanded(const std::string& text,
                                                             const Definitions& definitions) {
  return with_filters(*parse_search_program(text),
                      [&](const std::string& name) -> std::optional<std::string> {
                        const auto found = definitions.find(name);
                        if (found == definitions.end()) return std::nullopt;
                        return found->second;
                      });
}

/// RFC 5466 section 3.1.
TEST(FilterExpansion, PutsWhatAFilterStandsForInItsPlace) {
  const Definitions definitions = {{"boss", "OR FROM boss FROM {3}\r\nha!"},
                                   {"both", "FILTER boss NOT SEEN"},
                                   {"star", "FLAGGED"}};
  for (const auto& [text, meant] : {
           std::pair{"FILTER star", "FLAGGED"},
           std::pair{"NOT FILTER Star", "NOT FLAGGED"},
           std::pair{"FUZZY FILTER star", "FUZZY FLAGGED"},
           std::pair{"FUZZY FILTER boss", "FUZZY OR FROM boss FROM \"ha!\""},
           std::pair{"SEEN FILTER boss", "SEEN OR FROM boss FROM \"ha!\""},
           std::pair{"OR FILTER both FILTER star",
                     "OR (OR FROM boss FROM \"ha!\" NOT SEEN) FLAGGED"},
       }) {
    const auto key = expanded(text, definitions);
    ASSERT_TRUE(key) << text;
    EXPECT_EQ(*key, *parse_search_program(meant)) << text;
  }
}

TEST(FilterExpansion, SaysWhatIsWrong) {
  Definitions definitions = {{"self", "FILTER self"},
                             {"one", "FILTER two"},
                             {"two", "OR SEEN FILTER one"},
                             {"lost", "FILTER nobody"},
                             {"bad", "NONSENSE"}};
  std::string last = "SEEN";
  for (int i = 0; i < 9; ++i) {
    const std::string name = "deep" + std::to_string(i);
    definitions[name] = last;
    last = "FILTER " + name + " FILTER " + name;
  }
  for (const auto& [text, what, name] : {
           std::tuple{"FILTER nobody", What::undefined, "nobody"},
           std::tuple{"FILTER lost", What::undefined, "nobody"},
           std::tuple{"SEEN FILTER bad", What::malformed, "bad"},
           std::tuple{"FILTER self", What::too_many, "self"},
           std::tuple{"FILTER one", What::too_many, "one"},
           std::tuple{"FILTER deep8", What::too_many, "deep2"},
       }) {
    const auto key = expanded(text, definitions);
    ASSERT_FALSE(key) << text;
    EXPECT_EQ(key.error().what, what) << text;
    EXPECT_EQ(key.error().name, name) << text;
  }
  EXPECT_TRUE(expanded("FILTER deep4", definitions));
}

/// RFC 5466 section 4.
/// C8: no more than a command line could ask for.
TEST(FilterExpansion, IsBounded) {
  std::string keys = "SEEN";
  while (keys.size() < 32'000) keys += " SEEN";
  const Definitions definitions = {{"big", keys}};
  EXPECT_TRUE(expanded("FILTER big FILTER big", definitions));
  const auto refused = expanded("FILTER big FILTER big FILTER big", definitions);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, What::too_many);
}

TEST(FilterExpansion, TakesSearchKeysAlone) {
  for (const char* text : {"", "RETURN (COUNT) ALL", "CHARSET UTF-8 ALL", "ALL\r\nx NOOP",
                           "FROM {5}\r\nx", "FROM \"x\r\ny\"", "(ALL"})
    EXPECT_FALSE(parse_search_program(text)) << text;
  EXPECT_TRUE(parse_search_program("SUBJECT \"gr\xc3\xbc\xc3\x9f\""));
}

}  // namespace
}  // namespace postern::imap::test
