#include "proxy/imap/threading.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace postern::imap {
namespace {

using wire::imap::ThreadAlgorithm;

/// Numbers for names, from 1.
class Names {
 public:
  std::uint32_t operator()(const std::string& name) {
    return name.empty()
               ? 0
               : names_.emplace(name, static_cast<std::uint32_t>(names_.size() + 1)).first->second;
  }
  [[nodiscard]] std::uint32_t above() const {
    return static_cast<std::uint32_t>(names_.size() + 1);
  }

 private:
  std::map<std::string, std::uint32_t> names_;
};

/// One line for each message: "date id subject references..."; "-" stands for nothing, "Re:s" is a
/// reply with the subject s.
ThreadInput read(const std::string& text) {
  ThreadInput input;
  Names ids;
  Names subjects;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    ThreadInput::Message message;
    std::string id;
    std::string subject;
    if (!(words >> message.sent >> id >> subject)) continue;
    message.number = static_cast<std::uint32_t>(input.messages.size() + 1);
    message.arrived = message.number;
    message.id = ids(id == "-" ? "" : id);
    message.reply = subject.starts_with("Re:");
    if (message.reply) subject.erase(0, 3);
    message.subject = subjects(subject == "-" ? "" : subject);
    message.first_reference = static_cast<std::uint32_t>(input.references.size());
    for (std::string reference; words >> reference;) input.references.push_back(ids(reference));
    message.references =
        static_cast<std::uint32_t>(input.references.size()) - message.first_reference;
    input.messages.push_back(message);
  }
  input.ids = ids.above();
  input.subjects = subjects.above();
  return input;
}

std::string told(ThreadAlgorithm algorithm, const ThreadInput& input) {
  std::string line = thread_line(threads(algorithm, input));
  EXPECT_TRUE(line.starts_with("* THREAD"));
  line.erase(0, 8);
  line.resize(line.size() - 2);
  return line.empty() ? line : line.substr(1);
}

struct Row {
  const char* name;
  ThreadAlgorithm algorithm;
  const char* messages;
  const char* expected;
};

constexpr auto ordered = ThreadAlgorithm::ordered_subject;
constexpr auto references = ThreadAlgorithm::references;
constexpr auto refs = ThreadAlgorithm::refs;

/// RFC 5256 section 3.
const Row rows[] = {
    {"nothing", references, "", ""},
    {"one", references, "1 a x", "(1)"},
    {"alone", references, "2 a x\n1 b y", "(2)(1)"},
    {"equal dates stay in order", references, "1 a x\n1 b y", "(1)(2)"},
    {"a chain", references, "1 a x\n2 b Re:x a\n3 c Re:x a b", "(1 2 3)"},
    {"a chain, backwards", references, "3 c Re:x a b\n2 b Re:x a\n1 a x", "(3 2 1)"},
    {"two answers", references, "1 a x\n3 b Re:x a\n2 c Re:x a", "(1 (3)(2))"},
    {"an answer with two answers", references,
     "1 a x\n2 b Re:x a\n3 c Re:x a b\n4 d Re:x a b\n5 e Re:x a", "(1 (2 (3)(4))(5))"},
    {"a missing root with one child", references, "1 b Re:x a", "(1)"},
    {"a missing root with two children", references, "1 b p a\n2 c q a", "((1)(2))"},
    {"a missing one in between", references, "1 a x\n2 c y a b\n3 d z a b", "(1 (2)(3))"},
    {"missing ones one below the other", references, "1 d p a b c\n2 e q a b\n3 f r a",
     "((1)(2)(3))"},
    {"only one below many missing ones", references, "1 d p a b c", "(1)"},
    {"the sent date of a missing root is its first child's", references,
     "5 x1 p\n9 b q a\n4 c r a\n6 x2 s", "((3)(2))(1)(4)"},
    {"an id twice: the second message has one of its own", references, "1 a x\n2 a y\n3 b z a",
     "(1 3)(2)"},
    {"no id", references, "1 - x\n2 - y -", "(1)(2)"},
    {"refers to itself", references, "1 a x a", "(1)"},
    {"refer to each other", references, "1 a x b\n2 b y a", "(2 1)"},
    {"a circle of three", references, "1 a x c\n2 b y a\n3 c z b", "(3 1 2)"},
    {"the message itself knows its parent best", references, "1 d p b c\n2 c q a\n3 a x\n4 b y",
     "(3 2 1)(4)"},
    {"others say less of it", references, "1 a x\n2 b y\n3 c z a\n4 d w b c", "(1 3 4)(2)"},
    {"one that says it answers nobody can be given a parent later", references,
     "1 d p a b c\n2 c q\n3 b r a\n4 a s\n5 e t b c", "(4 3 2 (1)(5))"},
    {"same subject", references, "1 a x\n2 b x", "((1)(2))"},
    {"an answer by its subject", references, "1 a x\n2 b Re:x", "(1 2)"},
    {"an answer before the question", references, "1 a Re:x\n2 b x", "(2 1)"},
    {"two answers without the question", references, "1 a Re:x\n2 b Re:x", "((1)(2))"},
    {"three of one subject", references, "1 a x\n2 b x\n3 c x", "((1)(2)(3))"},
    {"a family takes in answers and questions", references,
     "1 b Re:s a\n2 c Re:s a\n3 d s\n4 e Re:s", "((1)(2)(3)(4))"},
    {"two families of one subject become one", references,
     "1 b Re:s a\n2 c Re:s a\n3 e Re:s d\n4 f Re:s d", "((1)(2)(3)(4))"},
    {"no subject is no common subject", references, "1 a -\n2 b -", "(1)(2)"},
    {"answers found by subject stand by date among the others", references,
     "1 a x\n5 b Re:x a\n3 c Re:x", "(1 (3)(2))"},
    {"subjects of inner messages count for nothing", references, "1 a x\n2 b y a\n3 c y",
     "(1 2)(3)"},
    {"refs: no regard to subjects", refs, "1 a x\n2 b Re:x", "(1)(2)"},
    {"refs: the thread with the youngest arrival is last", refs, "1 a x\n2 b y\n3 c Re:x a",
     "(2)(1 3)"},
    {"refs: a missing root", refs, "1 b p a\n2 x q\n3 c r a", "(2)((1)(3))"},
    {"subjects in order", ordered, "2 a x\n1 b y\n4 c x\n3 d Re:x", "(2)(1 (4)(3))"},
    {"subjects: none is a subject, too", ordered, "1 a -\n2 b -\n3 c x", "(1 2)(3)"},
};

TEST(Threading, FollowsTheRules) {
  for (const Row& row : rows)
    EXPECT_EQ(told(row.algorithm, read(row.messages)), row.expected) << row.name;
}

ThreadInput numbered(std::uint32_t count) {
  ThreadInput input;
  for (std::uint32_t i = 0; i < count; ++i) {
    ThreadInput::Message message;
    message.number = i + 1;
    message.sent = i;
    message.id = i + 1;
    message.first_reference = i;
    input.messages.push_back(message);
    input.references.push_back(1);
  }
  input.ids = count + 1;
  return input;
}

std::ptrdiff_t count_numbers(const std::string& line) {
  std::ptrdiff_t count = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (std::isdigit(static_cast<unsigned char>(line[i])) != 0 &&
        (i == 0 || std::isdigit(static_cast<unsigned char>(line[i - 1])) == 0))
      ++count;
  }
  return count;
}

using Change = void (*)(ThreadInput::Message&, std::uint32_t& reference, std::uint32_t place,
                        std::uint32_t count);

/// C8, C11: whatever the references say, each message is told once, and soon.
TEST(Threading, C8IsDoneSoonWithHostileReferences) {
  constexpr std::uint32_t count = 100'000;
  const std::pair<const char*, Change> hostile[] = {
      {"one deep thread",
       [](auto& message, auto& reference, std::uint32_t i, std::uint32_t) {
         message.references = i == 0 ? 0 : 1;
         reference = i;
       }},
      {"a deep one, the youngest first",
       [](auto& message, auto& reference, std::uint32_t i, std::uint32_t n) {
         message.references = i + 1 == n ? 0 : 1;
         reference = i + 2;
       }},
      {"one circle",
       [](auto& message, auto& reference, std::uint32_t i, std::uint32_t n) {
         message.references = 1;
         reference = i == 0 ? n : i;
       }},
      {"all the same id",
       [](auto& message, auto& reference, std::uint32_t, std::uint32_t) {
         message.id = 1;
         message.references = 1;
         reference = 1;
       }},
      {"answers to one", [](auto& message, auto&, std::uint32_t i,
                            std::uint32_t) { message.references = i == 0 ? 0 : 1; }},
      // Pairs first, then each pair below the one before it: the way up gets longer and longer.
      {"pairs made into a chain",
       [](auto& message, auto& reference, std::uint32_t i, std::uint32_t n) {
         const std::uint32_t half = n / 2;
         if (i < half) {
           message.id = 2 * i + 1;
           message.references = 1;
           reference = 2 * i + 2;
         } else {
           message.id = 0;
           message.references = 0;
         }
       }},
  };
  for (const auto& [name, change] : hostile) {
    ThreadInput input = numbered(count);
    for (std::uint32_t i = 0; i < count; ++i)
      change(input.messages[i], input.references[i], i, count);
    for (const auto algorithm : {references, refs, ordered}) {
      const auto begin = std::chrono::steady_clock::now();
      const std::string line = told(algorithm, input);
      const auto took = std::chrono::steady_clock::now() - begin;
      EXPECT_EQ(count_numbers(line), count) << name;
      EXPECT_LT(took, std::chrono::seconds(5)) << name;
    }
  }
}

/// C8: one message names very many others, in both directions.
TEST(Threading, C8LongListsOfReferencesThatMeetAreFollowedInBoundedTime) {
  constexpr std::uint32_t lists = 500;
  constexpr std::uint32_t length = 200;
  ThreadInput input;
  input.ids = lists * length + 2;
  for (std::uint32_t list = 0; list < 2 * lists; ++list) {
    ThreadInput::Message message;
    message.number = list + 1;
    message.sent = list;
    message.first_reference = static_cast<std::uint32_t>(input.references.size());
    message.references = length;
    for (std::uint32_t i = 0; i < length; ++i) {
      // First chains of their own, then lists that join the ends of all chains.
      input.references.push_back(list < lists ? list * length + i + 1
                                              : (i * (list - lists + 1)) % lists * length +
                                                    (i % 2 == 0 ? length : 1));
    }
    input.messages.push_back(message);
  }
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(count_numbers(told(references, input)), 2 * lists);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace postern::imap
