#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/base/texts.h"

namespace postern::wire::pop3 {

/// RFC 1939 section 5, STAT: how many messages and octets. Behind "+OK".
struct DropSize {
  std::uint32_t count = 0;
  std::uint64_t octets = 0;

  friend bool operator==(const DropSize&, const DropSize&) = default;
};
[[nodiscard]] std::optional<DropSize> parse_stat(std::string_view text);

/// RFC 1939 section 5, LIST: "number octets", what follows is passed over. A size that makes no
/// sense is 0: sizes are never relied on.
struct ScanLine {
  std::uint32_t number = 0;
  std::uint64_t octets = 0;
};
[[nodiscard]] std::optional<ScanLine> parse_list_line(std::string_view line);

/// RFC 1939 section 7, UIDL: "number id". The id is what stands behind the blanks, as octets: real
/// servers send blanks and 8-bit octets in it, and up to thousands of them. Without an id `uidl` is
/// empty; control characters and more than `longest_uidl` octets are no id.
struct UidLine {
  std::uint32_t number = 0;
  std::string_view uidl;  ///< into the line
};
inline constexpr std::size_t longest_uidl = 2500;
[[nodiscard]] std::optional<UidLine> parse_uidl_line(std::string_view line);

/// What may be concluded from a listing.
enum class Reliability : std::uint8_t {
  complete,   ///< every message of the maildrop and no other: what is not in it is gone
  ambiguous,  ///< the ids that stand in it once name what they name; nothing about what is not in
              ///< it
  broken,     ///< its messages may be fetched, but none may be deleted by it
};

struct ListedMessage {
  std::uint32_t number = 0;
  std::uint64_t octets = 0;  ///< as announced, never to be relied on; 0 if unknown
  std::string_view uidl;     ///< in the listing's `texts`
};

/// Tells a listing from another one without keeping it.
struct ListingPrint {
  DropSize stat;
  std::array<std::uint8_t, 32> ids{};  ///< SHA-256 of what UIDL says

  friend bool operator==(const ListingPrint&, const ListingPrint&) = default;
};

/// Whether the server has UIDL at all.
enum class Ids : std::uint8_t { given, none };

struct Listing {
  /// By rising number, each with a line in UIDL. Without ids their numbers stand in, behind a NUL,
  /// which no id holds.
  std::vector<ListedMessage> messages;
  Reliability reliability = Reliability::complete;
  std::string flaw;  ///< for the log: the first thing wrong with it
  Ids ids = Ids::given;
  std::shared_ptr<const Texts> texts = nullptr;  ///< of the ids
  std::optional<ListingPrint> print;             ///< unless STAT or UIDL is flawed
};

/// Puts STAT, LIST and UIDL together. An answer whose terminator did not come is not given to this:
/// then there is no listing.
///
/// Order: stat(), every line of LIST and every line of UIDL, then finish() once. print() may be
/// asked once STAT and UIDL are in.
class ListingBuilder {
 public:
  /// Answers with more lines than this are cut off.
  static constexpr std::size_t most_messages = 500'000;

  void stat(std::optional<DropSize> size);
  /// False when there are too many lines: the conversation is over.
  [[nodiscard]] bool list_line(std::string_view line);
  [[nodiscard]] bool uidl_line(std::string_view line);
  [[nodiscard]] std::optional<ListingPrint> print() const;
  [[nodiscard]] Listing finish();
  /// Instead, where the server has no UIDL: the messages are those of LIST.
  [[nodiscard]] Listing finish_without_ids();

 private:
  void flaw(Reliability reliability, const char* what);
  void order();
  void match_sizes();
  void find_repeated_ids();
  [[nodiscard]] Listing take();

  std::optional<DropSize> stat_;
  std::vector<ScanLine> sizes_;
  std::size_t list_lines_ = 0;
  std::size_t uidl_lines_ = 0;
  Listing listing_;
  std::shared_ptr<Texts> texts_ = std::make_shared<Texts>();
};

}  // namespace postern::wire::pop3
