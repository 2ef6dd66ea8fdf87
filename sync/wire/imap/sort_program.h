#pragma once

#include <cstdint>

namespace postern::wire::imap {

/// RFC 5256 section 3, RFC 5957 section 3, RFC 6203 section 5: what a SORT compares, and in which
/// direction.
struct SortCriterion {
  enum class Key : std::uint8_t {
    arrival,
    cc,
    date,
    display_from,
    display_to,
    from,
    relevancy,  ///< rising: the most relevant first
    size,
    subject,
    to
  };
  enum class Direction : std::uint8_t { rising, falling };
  Key key = Key::arrival;
  Direction direction = Direction::rising;
  friend bool operator==(SortCriterion, SortCriterion) = default;
};

/// RFC 5256 section 3, `thread-alg`. REFS is REFERENCES without regard to subjects, the thread with
/// the youngest message last.
enum class ThreadAlgorithm : std::uint8_t { ordered_subject, references, refs };

}  // namespace postern::wire::imap
