#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace postern::store {

/// The header fields that searches ask for most, decoded and folded: a search for them needs no
/// body. Part of the file format.
///
///     fields = *(number, size as 4 octets, lowest first; octets)
///
/// `number` is that of the name; 0x80 is added where the message has more of that name, or longer
/// ones, than is kept.
class FoldedFields {
 public:
  /// Octets kept of one message.
  static constexpr std::size_t most_octets = 2048;

  /// Whether fields of this name are kept at all.
  [[nodiscard]] static bool keeps(std::string_view name);

  /// `name` is one that is kept, `folded` what wire::mime::fold makes of its decoded value.
  void add(std::string_view name, std::string_view folded);
  [[nodiscard]] const std::string& stored() const { return stored_; }

  enum class Answer : std::uint8_t { no, yes, unknown };
  /// Whether `folded` occurs in a field of this name, which is one that is kept.
  [[nodiscard]] static Answer contains(std::string_view stored, std::string_view name,
                                       std::string_view folded);

  /// Whether `folded` occurs in any field that is kept; false says nothing about the others.
  [[nodiscard]] static bool any_contains(std::string_view stored, std::string_view folded);

  /// Octets of the shortest field of this name that `folded` occurs in; 0: none is known.
  [[nodiscard]] static std::size_t shortest_with(std::string_view stored, std::string_view name,
                                                 std::string_view folded);

 private:
  std::string stored_;
  unsigned marked_ = 0;  ///< a bit for each name that is not kept as a whole
};

}  // namespace postern::store
