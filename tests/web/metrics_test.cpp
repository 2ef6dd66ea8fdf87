#include "proxy/web/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace postern::web {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

json sample() {
  return json::parse(R"({
    "version": "0.1", "since": "2026-11-23T16:47:00Z", "config": {"problem": null},
    "disk": {"free": 5000},
    "listening": [{"protocol": "imap", "address": "127.0.0.1:1"}],
    "connections": [{"protocol": "imap"}, {"protocol": "imap"}, {"protocol": "web"}],
    "accounts": [{
      "name": "an\"na\\", "problem": null, "mailboxes": 6, "messages": 12, "octets": 3456,
      "disk_octets": 9999, "search_index": {"indexed": 3, "total": 12}, "outbox": [{}],
      "outgoing": [{"server": "smtp://anna@example.net@smtp.example.net:465", "sent": 2, "problem": "x"}],
      "sources": [{"source": "pop3://anna@example.net@pop.example.net:995", "state": "throttled",
        "detail": "Subject: secret", "last_success": "2026-11-23T16:47:00Z", "next_poll": null,
        "failures": 1, "listed": 20, "fetched": 12, "deleted": 1}]
    }, {"name": "bert", "problem": "broken", "sources": []}]
  })");
}

TEST(Metrics, TellWhatTheStatusTells) {
  const std::string text = metrics_text(sample());
  for (const char* line :
       {"postern_info{version=\"0.1\"} 1\n", "postern_start_time_seconds 1795452420\n",
        "postern_config_problem 0\n", "postern_disk_free_bytes 5000\n",
        "postern_connections{protocol=\"imap\"} 2\n", "postern_connections{protocol=\"web\"} 1\n",
        "postern_messages{account=\"an\\\"na\\\\\"} 12\n",
        "postern_account_problem{account=\"bert\"} 1\n",
        "postern_source_state{account=\"an\\\"na\\\\\",source=\"1\",state=\"throttled\"} 1\n",
        "postern_source_fetched_messages_total{account=\"an\\\"na\\\\\",source=\"1\"} 12\n",
        "postern_source_last_success_time_seconds{account=\"an\\\"na\\\\\",source=\"1\"} "
        "1795452420\n",
        "postern_outgoing_problem{account=\"an\\\"na\\\\\",outgoing=\"1\"} 1\n",
        "postern_outbox_messages{account=\"an\\\"na\\\\\"} 1\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("postern_source_next_poll_time_seconds{")));
  EXPECT_THAT(text, Not(HasSubstr("postern_messages{account=\"bert\"}")));
}

TEST(Metrics, NameNoAddressAndNoSubject) {  // I7
  const std::string text = metrics_text(sample());
  EXPECT_THAT(text, Not(HasSubstr("@")));
  EXPECT_THAT(text, Not(HasSubstr("example")));
  EXPECT_THAT(text, Not(HasSubstr("Subject")));
}

TEST(Metrics, KeepEachFamilyTogether) {
  json status = sample();
  status["accounts"].push_back(status["accounts"][0]);
  status["accounts"][2]["name"] = "carl";
  const std::string text = metrics_text(status);
  const std::string help = "# TYPE postern_messages gauge\n";
  const std::size_t begin = text.find(help);
  ASSERT_NE(begin, std::string::npos);
  EXPECT_EQ(text.find(help, begin + 1), std::string::npos);
  const std::size_t next = text.find("# HELP", begin);
  EXPECT_LT(text.find("postern_messages{account=\"carl\"}"), next);
}

TEST(Metrics, OfNothingAreFew) {
  EXPECT_THAT(metrics_text(json::object()), HasSubstr("postern_info{version=\"\"} 1\n"));
}

}  // namespace
}  // namespace postern::web
