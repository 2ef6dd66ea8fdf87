#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proxy/imap/search_match.h"
#include "proxy/imap/text_scan.h"
#include "sync/wire/imap/parse_command.h"
#include "tests/fuzz/require.h"
#include "tests/imap/bodies.h"

using postern::fuzz::require;
using namespace postern;
using namespace postern::imap;

namespace {

constexpr BodyId body{1};

store::SnapshotPtr one_message(std::size_t octets) {
  auto piece = std::make_shared<store::Piece>();
  store::Entry entry;
  entry.uid = Uid(7);
  entry.body = body;
  entry.octets = static_cast<std::uint32_t>(octets);
  entry.date = {1'000'000'000, 60};
  entry.flags.add(SystemFlag::seen);
  entry.flags.keywords = 2;
  piece->entries.push_back(entry);
  store::Snapshot::Head head;
  head.keywords = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"a", "Work"});
  return std::make_shared<store::Snapshot>(head, store::Snapshot::Pieces{piece});
}

/// What the keys say of the only message; nothing if they are none.
std::vector<Truth> answers(std::string_view keys, const store::Snapshot& view,
                           test::Bodies& bodies) {
  wire::imap::RawCommand raw;
  raw.text.push_back("a SEARCH " + std::string(keys));
  const auto command = wire::imap::parse_command(raw);
  if (!command) return {};
  const auto* search = std::get_if<wire::imap::command::Search>(&command->body);
  if (search == nullptr) return {};
  const Question question = prepare(search->key, view);
  std::vector<Truth> found;
  view.for_each([&](SeqNum seq, const store::Entry& entry) {
    TextScan scan(question, entry.body);
    const SearchMessage message{.seq = seq, .entry = entry, .findings = &scan.findings()};
    Truth truth = matches(question.criterion, message);
    while (truth == Truth::unknown && !scan.finished()) {
      scan.step(bodies);
      // What is decided stays so, whatever else becomes known.
      truth = matches(question.criterion, message);
    }
    require(truth != Truth::unknown);
    while (!scan.finished()) scan.step(bodies);
    require(matches(question.criterion, message) == truth);
    found.push_back(truth);
  });
  return found;
}

}  // namespace

/// K10: search keys, up to the first LF, against a message, the rest: each key is decided once the
/// texts are read, as what is decided sooner says, and NOT and OR mean what they say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(octets.find('\n'), octets.size());
  const std::string keys(octets.substr(0, end));
  const std::string_view message = octets.substr(std::min(end + 1, octets.size()));
  test::Bodies bodies;
  bodies.add(body, std::string(message));
  const auto view = one_message(message.size());
  const std::vector<Truth> plain = answers(keys, *view, bodies);
  if (plain.empty()) return 0;
  const std::vector<Truth> negated = answers("NOT (" + keys + ")", *view, bodies);
  const std::vector<Truth> either = answers("OR (" + keys + ") UNSEEN", *view, bodies);
  const std::vector<Truth> both = answers("SEEN (" + keys + ")", *view, bodies);
  // Keys that are nested as deep as may be have no room for one more.
  if (!negated.empty()) require((negated[0] == Truth::yes) == (plain[0] == Truth::no));
  if (!either.empty()) require(either == plain);
  if (!both.empty()) require(both == plain);
  return 0;
}
