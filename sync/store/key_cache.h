#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "sync/base/ids.h"
#include "sync/store/reader.h"
#include "sync/store/text_numbers.h"

namespace postern::store {

/// What SORT and THREAD compare of messages, at hand: texts as numbers. A reader of it that is
/// under way keeps what it has loaded for as long as it lives.
///
/// Any thread; one at a time works on one.
class KeyCache {
 public:
  /// Of one body. RFC 5256 section 2.
  struct Keys {
    std::int64_t sent = 0;
    std::uint32_t subject = 0;
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t cc = 0;
    std::uint32_t display_from = 0;
    std::uint32_t display_to = 0;
    std::uint32_t id = 0;
    std::uint32_t first_reference = 0;  ///< in `references`
    std::uint32_t references = 0;
    bool has_sent = false;
    bool reply = false;
  };
  struct Content {
    TextNumbers subjects;
    TextNumbers addresses;  ///< from, to and cc
    TextNumbers names;      ///< displayed
    TextNumbers ids;
    std::vector<std::uint32_t> references;
    std::unordered_map<BodyId, Keys> keys;
    /// SortKeys::sent of bodies that had no keys here when only their dates were wanted.
    std::unordered_map<BodyId, std::optional<std::int64_t>> dates;
    /// SortKeys::sent of a body that is in one of the two.
    [[nodiscard]] std::optional<std::int64_t> sent(BodyId body) const;
    [[nodiscard]] std::size_t octets() const;
  };
  /// What is asked for: dates cost a fraction of what all keys do.
  enum class Wanted : std::uint8_t { dates, keys };

  /// Those of `bodies` of which it is not at hand, each once, rising.
  [[nodiscard]] std::vector<BodyId> lacking(std::span<const BodyId> bodies, Wanted wanted);
  /// Throws StoreFailure. `bodies` rise.
  void load(Reader& reader, std::span<const BodyId> bodies, Wanted wanted);
  /// Texts stay where they are while the cache lives; everything else is good during the call.
  void look(const std::function<void(const Content&)>& visit);
  [[nodiscard]] std::size_t octets();

 private:
  void load_keys(Reader& reader, std::span<const BodyId> bodies);
  void load_dates(Reader& reader, std::span<const BodyId> bodies);

  std::mutex mutex_;
  Content content_;  ///< under mutex_
};

/// The cache of an account, begun anew when it has grown too large. Kept while somebody holds what
/// current() gave. Any thread.
class KeyCaches {
 public:
  static constexpr std::size_t most_octets = 64UL * 1024 * 1024;

  [[nodiscard]] std::shared_ptr<KeyCache> current();

 private:
  std::mutex mutex_;
  std::weak_ptr<KeyCache> cache_;  ///< under mutex_
};

}  // namespace postern::store
