#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "proxy/daemon/status_report.h"
#include "proxy/daemon/status_text.h"

namespace postern::daemon::test {
namespace {

using engine::SourceState;
using nlohmann::json;
using testing::HasSubstr;

engine::SourceStatus some_status() {
  engine::SourceStatus status;
  status.account = "anna";
  status.source = "pop3://anna@pop.example.net:995";
  status.state = SourceState::wrong_password;
  status.detail = "the server said \"no\"";
  status.last_poll = WallTime(std::chrono::seconds(1'700'000'000));
  status.listed = 7;
  status.fetched = 5;
  status.deleted = 1;
  status.failures = 2;
  status.trashed = 8;
  status.unconfirmed = 9;
  status.postponed_until = WallTime(std::chrono::seconds(1'700'000'600));
  status.least = {std::chrono::minutes(15), engine::Schedule::Least::Source::learned};
  status.progress = {1, 2, 3, 4};
  return status;
}

TEST(SourceJson, has_every_documented_key) {  // docs/status.md
  const json out = to_json(some_status());
  for (const char* key : {"account", "source", "state", "detail", "last_poll", "last_success",
                          "next_poll", "postponed_until", "least_pause", "listed", "fetched",
                          "deleted", "trashed", "unconfirmed", "failures", "progress"}) {
    EXPECT_TRUE(out.contains(key)) << key;
  }
  EXPECT_EQ(out["state"], "wrong_password");
  EXPECT_EQ(out["last_poll"], "2023-11-14T22:13:20Z");
  EXPECT_TRUE(out["last_success"].is_null());
}

TEST(SourceJson, is_read_back) {
  for (const auto state :
       {SourceState::idle, SourceState::polling, SourceState::waiting, SourceState::wrong_password,
        SourceState::unreachable, SourceState::bad_certificate, SourceState::mailbox_locked,
        SourceState::throttled, SourceState::server_error, SourceState::store_failure}) {
    auto before = some_status();
    before.state = state;
    const auto after = source_from_json(to_json(before));
    EXPECT_EQ(after.state, before.state);
    EXPECT_EQ(after.account, before.account);
    EXPECT_EQ(after.source, before.source);
    EXPECT_EQ(after.detail, before.detail);
    EXPECT_EQ(after.listed, before.listed);
    EXPECT_EQ(after.postponed_until, before.postponed_until);
    EXPECT_EQ(after.least.gap, before.least.gap);
    EXPECT_EQ(after.least.source, before.least.source);
    EXPECT_EQ(after.fetched, before.fetched);
    EXPECT_EQ(after.trashed, before.trashed);
    EXPECT_EQ(after.unconfirmed, before.unconfirmed);
    EXPECT_EQ(after.progress.messages_total, before.progress.messages_total);
    EXPECT_EQ(after.progress.octets_done, before.progress.octets_done);
  }
}

TEST(OneLine, holds_no_line_end_and_survives_words_that_are_no_utf8) {
  const json value = {{"program", "bad \xff words\r\nand more"}};
  const auto line = one_line(value);
  EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos);
  EXPECT_FALSE(json::parse(line, nullptr, false).is_discarded());
}

TEST(StatusText, tells_people_what_counts) {
  json source = to_json(some_status());
  const json status = {
      {"running", true},
      {"version", "1.2.3"},
      {"since", "2026-11-23T10:00:00Z"},
      {"listening", {{{"protocol", "imap"}, {"address", "127.0.0.1:1143"}}}},
      {"config",
       {{"file", "/etc/p.yaml"}, {"notes", {"a note"}}, {"problem", "p.yaml:3:1: surprise"}}},
      {"connections",
       {{{"protocol", "imap"},
         {"peer", "192.0.2.1:4711"},
         {"account", "anna"},
         {"mailbox", "INBOX"},
         {"program", "K-9"},
         {"profile", "k9"},
         {"secure", true},
         {"since", "2026-11-23T10:00:00Z"}}}},
      {"accounts",
       {{{"name", "anna"},
         {"messages", 7},
         {"octets", 1234},
         {"mailboxes", 6},
         {"search_index", {{"indexed", 3}, {"total", 5}}},
         {"problem", nullptr},
         {"sources", {source}}},
        {{"name", "bert"}, {"problem", "the disk is full"}, {"sources", json::array()}}}}};
  const auto text = status_text(status, Output::plain);
  for (const char* words :
       {"127.0.0.1:1143", "a note", "surprise", "anna: 7 messages, 1.2 kB, in 6 mailboxes",
        "search index: 3 of 5 messages so far", "wrong password", "the server said \"no\"",
        "2 failures in a row", "postern sync", "bert", "no sooner than 15 minutes",
        "learned from refused logins", "asked for; begins", "the disk is full", "192.0.2.1:4711",
        "in INBOX, K-9 (as k9), TLS"}) {
    EXPECT_THAT(text, HasSubstr(words));
  }
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace postern::daemon::test
