#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wire::maildir {

/// Dovecot's file "dovecot-keywords" beside cur: "0 $Forwarded", a line for each of the letters a
/// to z.
class Keywords {
 public:
  static constexpr std::size_t most = 26;
  static constexpr std::string_view file = "dovecot-keywords";

  Keywords() = default;
  /// Lines that make no sense are passed over.
  static Keywords parse(std::string_view text);
  [[nodiscard]] std::string format() const;

  /// Empty if the letter means nothing.
  [[nodiscard]] const std::string& name_of(char letter) const;
  /// Gives it one if there is one left. Compared without regard to ASCII case.
  std::optional<char> letter_for(std::string_view keyword);
  friend bool operator==(const Keywords&, const Keywords&) = default;

 private:
  std::vector<std::string> names_;  ///< by letter; empty: free
};

}  // namespace postern::wire::maildir
