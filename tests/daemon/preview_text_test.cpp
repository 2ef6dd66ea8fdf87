#include "proxy/daemon/preview_text.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace postern::daemon::test {
namespace {

using engine::Preview;
using engine::PreviewItem;
using engine::SourceStatus;
using testing::HasSubstr;
using testing::Not;
using Action = PreviewItem::Action;

SourceStatus source() {
  SourceStatus status;
  status.account = "anna";
  status.source = "pop3://anna@pop.example.net:995";
  return status;
}

TEST(PreviewText, tells_each_message_and_the_sums) {
  Preview preview;
  preview.listed = 7;
  preview.items = {{Action::fetch, 7, 1234, "0007", "not here yet"},
                   {Action::fetch, 8, 1234, "0008", "not here yet"},
                   {Action::delete_there, 2, 99, "0002", "deleted here"},
                   {Action::trash_here, 0, 50, "0001", "gone upstream since 2026-11-20"}};
  preview.unconfirmed = 12;
  preview.failing = 1;
  preview.note = "the server's listing is flawed";
  const std::string text = preview_text(preview_lines(source(), preview));
  for (const char* words :
       {"anna pop3://anna@pop.example.net:995: 7 on the server\n",
        "  fetch message 7, 1.2 kB, id \"0007\": not here yet\n",
        "  delete there message 2, 99 B, id \"0002\": deleted here\n",
        "  move to Trash here a message, 50 B, id \"0001\": gone upstream since 2026-11-20\n",
        "  2 to be fetched, 1 to be deleted there, 1 to be moved to Trash here; nothing was "
        "changed",
        "12 are gone upstream and wait for: postern sync --confirm-removals anna",
        "1 failed before", "listing is flawed"}) {
    EXPECT_THAT(text, HasSubstr(words));
  }
}

TEST(PreviewText, of_nothing_to_do) {
  EXPECT_THAT(preview_text(preview_lines(source(), Preview())),
              HasSubstr("0 to be fetched, 0 to be deleted there; nothing was changed"));
  EXPECT_EQ(preview_text({}), "");
}

TEST(PreviewText, shows_words_of_the_server_harmlessly) {  // G: terminal
  Preview preview;
  preview.items = {{Action::fetch, 1, 10, "\x1b[2J\xff\n", "not here yet"}};
  const auto text = preview_text(preview_lines(source(), preview));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\xff")));
}

TEST(PreviewLines, are_bounded_and_put_together_again) {
  Preview preview;
  for (std::uint32_t i = 1; i <= 2500; ++i)
    preview.items.push_back({Action::fetch, i, 10, "x", "not here yet"});
  const auto lines = preview_lines(source(), preview);
  ASSERT_EQ(lines.size(), 3U);
  for (const auto& line : lines) EXPECT_LE(line["items"].size(), 1000U);
  const std::string text = preview_text(lines);
  EXPECT_THAT(text, HasSubstr("2500 to be fetched"));
  EXPECT_EQ(text.find("on the server"), text.rfind("on the server"));
}

TEST(Wishes, are_read_back) {
  using engine::PollWish;
  for (const PollWish wish : {PollWish::none, PollWish::confirm_removals, PollWish::dry_run})
    EXPECT_EQ(wish_from(to_json(wish)), wish);
  for (const nlohmann::json& other : {nlohmann::json(), nlohmann::json("x"), nlohmann::json(1)})
    EXPECT_EQ(wish_from(other), PollWish::none);
}

}  // namespace
}  // namespace postern::daemon::test
