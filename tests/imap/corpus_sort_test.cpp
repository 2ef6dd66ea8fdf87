#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/imap/served.h"
#include "tests/support/transcript.h"
#include "tests/wire/mime/corpus.h"

namespace postern::imap::test {
namespace {

using nlohmann::json;
using postern::test::CorpusMessage;
using postern::test::LineClient;

/// What Dovecot took for the internal date of messages that name none; ours is as late.
constexpr std::int64_t arrival = 1'795'000'000;

void deliver(Served& served, const std::vector<std::string>& messages) {
  auto bodies = std::make_shared<std::vector<store::NewBody>>();
  for (const std::string& message : messages) {
    store::IncomingBody incoming(served.account().spool());
    incoming.feed(message);
    bodies->push_back(incoming.finish());
  }
  const MailboxId inbox = served.account().tree()->find("INBOX")->id;
  const auto done =
      store::write(served.account(), [inbox, bodies](store::Transaction& transaction) {
        for (store::NewBody& body : *bodies)
          (void)transaction.append(inbox, body, {}, {arrival, 0});
        return store::Result<void>();
      });
  ASSERT_TRUE(done);
}

/// The threads of an answer, each as it stands there.
std::vector<std::string> threads(const std::string& answer) {
  std::vector<std::string> result;
  int depth = 0;
  for (const char c : answer.substr(std::min(answer.size(), std::size_t{9}))) {
    if (c == '(' && depth++ == 0) result.emplace_back();
    if (!result.empty()) result.back().push_back(c);
    if (c == ')') --depth;
  }
  return result;
}

/// Whom each message has for a parent: children by their parents, 0 for a root.
std::map<int, std::string> by_message(const std::vector<std::string>& all) {
  std::map<int, std::string> found;
  for (const std::string& thread : all) {
    std::istringstream in(thread);
    for (char c = 0; in.get(c);) {
      if (std::isdigit(static_cast<unsigned char>(c)) == 0) continue;
      in.unget();
      int number = 0;
      in >> number;
      found[number] = thread;
    }
  }
  return found;
}

TEST(CorpusSort, AgreesWithDovecot) {
  const auto folder = postern::test::corpus_folder();
  if (!folder) {
    fmt::print("There is no corpus; $POSTERN_CORPUS names its folder\n");
    return;
  }
  const json expected = json::parse(std::ifstream(*folder / "dovecot-2.3.19.1-sort-thread.json"));
  std::map<std::string, std::string> octets;
  for (CorpusMessage& message : postern::test::read_corpus(*folder))
    octets[message.file] = std::move(message.octets);
  const std::vector<std::string> files = expected["seq"];
  std::vector<std::string> messages;
  for (const std::string& file : files) messages.push_back(octets.at(file));
  Served served;
  deliver(served, messages);
  LineClient client(served.port());
  (void)client.line();
  (void)client.command("l LOGIN anna sesame");
  (void)client.command("x EXAMINE INBOX");

  std::istringstream sorted(client.command("s SORT (SUBJECT) UTF-8 ALL").front().substr(7));
  const std::vector<std::string> theirs = expected["sort_subject"];
  // Which message each one stands behind: one that is out of place moves nobody else.
  std::map<std::string, std::string> before;
  for (std::size_t i = 0; i < theirs.size(); ++i) before[theirs[i]] = i == 0 ? "" : theirs[i - 1];
  std::size_t same = 0;
  std::string last;
  for (std::size_t number = 0; sorted >> number;) {
    const std::string& file = files[number - 1];
    if (before[file] == last) {
      ++same;
    } else {
      fmt::print("differs: {} stands behind {}, with Dovecot behind {}\n", file, last,
                 before[file]);
    }
    last = file;
  }
  fmt::print("SORT (SUBJECT) {}/{} agree\n", same, files.size());
  EXPECT_GE(same, files.size() * 95 / 100);

  const auto ours = by_message(threads(client.command("t THREAD REFERENCES UTF-8 ALL").front()));
  const auto others = by_message(threads(expected["thread_references"].get<std::string>()));
  ASSERT_EQ(ours.size(), files.size());
  same = 0;
  std::set<std::string> told;
  for (const auto& [number, thread] : ours) {
    const auto other = others.find(number);
    const std::string& dovecot = other == others.end() ? "nothing" : other->second;
    if (thread == dovecot) {
      ++same;
    } else if (told.insert(thread + dovecot).second) {
      fmt::print("differs: {} ({}): {} with Dovecot {}\n", number,
                 files[static_cast<std::size_t>(number - 1)], thread, dovecot);
    }
  }
  fmt::print("THREAD REFERENCES {}/{} agree\n", same, files.size());
  EXPECT_GE(same, files.size() * 95 / 100);
}

}  // namespace
}  // namespace postern::imap::test
