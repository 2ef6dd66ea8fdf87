#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postern::wire::mime {

/// More of one field are not kept: the first one, which is the thread's root, and the last ones,
/// which are nearest.
inline constexpr std::size_t most_message_ids = 200;
/// RFC 5322 section 2.1.1: a longer one does not fit on a line, and is passed over.
inline constexpr std::size_t longest_message_id = 998;

/// The ids of a Message-ID, In-Reply-To or References field (RFC 5322 section 3.6.4), in their
/// order, as "local@domain": without angle brackets, quotes, comments and white space, so that two
/// that mean the same are the same octets (RFC 5256 section 3). What has no '@', nothing before or
/// behind it, or no end is no id; what stands outside angle brackets counts for nothing.
[[nodiscard]] std::vector<std::string> message_ids(std::string_view value);

/// The first of them.
[[nodiscard]] std::optional<std::string> first_message_id(std::string_view value);

/// RFC 5256 section 3, what a message refers to, from the root of the thread to its parent: the ids
/// of References, or else the first one of In-Reply-To.
[[nodiscard]] std::vector<std::string> reference_list(std::string_view references,
                                                      std::string_view in_reply_to);

}  // namespace postern::wire::mime
