#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postern::wire::maildir {

/// Maildir++: the folder ".A.B" beside cur, new and tmp of INBOX is the mailbox "A/B". Levels are
/// in modified UTF-7, as Courier and Dovecot write them, or in UTF-8; a '.' within one is "\2e".
/// nullopt for what is neither.
[[nodiscard]] std::optional<std::string> mailbox_of_folder(std::string_view folder);
/// `mailbox` is valid UTF-8 with '/' between levels.
[[nodiscard]] std::string folder_of_mailbox(std::string_view mailbox);

}  // namespace postern::wire::maildir
