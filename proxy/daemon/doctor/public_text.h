#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postern::daemon::doctor {

/// Makes lines of a conversation fit to be shown to everybody: without the names of its owner, mail
/// addresses, network addresses and control characters. Pure.
class PublicText {
 public:
  /// `user` is what one logs in with, `account` what it is called here.
  PublicText(std::string_view user, std::string_view account);

  /// A text of ours, which may quote a peer: without names and addresses.
  [[nodiscard]] std::string hidden(std::string text) const;
  /// A line that a peer sent; at most 200 octets of it.
  [[nodiscard]] std::string words(std::string_view line) const;
  /// A command: the verb and, of AUTH, the mechanism stay; what else stands behind a verb that logs
  /// in becomes ***.
  [[nodiscard]] std::string command(std::string_view line) const;

 private:
  std::vector<std::string> names_;  ///< the longest first
};

}  // namespace postern::daemon::doctor
