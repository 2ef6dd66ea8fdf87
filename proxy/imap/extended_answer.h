#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sync/base/ids.h"
#include "sync/base/uid_set.h"
#include "sync/store/snapshot.h"
#include "sync/wire/imap/command.h"
#include "sync/wire/imap/return_options.h"

namespace postern::imap {

/// What a searching command found: messages of `view` in the order in which they are told.
struct Found {
  store::SnapshotPtr view;
  std::vector<SeqNum> messages;
  std::vector<std::uint8_t> relevancy;  ///< of each message (relevancy.h); empty: not asked for
};

/// The numbers by which the command names messages.
[[nodiscard]] std::vector<std::uint32_t> numbers_of(const Found& found,
                                                    wire::imap::Numbers numbers);

/// " 2 84 882" behind the name of the answer: "* SEARCH" or "* SORT", CRLF included.
/// With " (MODSEQ 917)" behind them if there are any: RFC 7162 section 3.1.5.
[[nodiscard]] std::string plain_line(std::string_view name, std::span<const std::uint32_t> numbers,
                                     std::optional<ModSeq> mod_seq = {});

/// `numbers` as a sequence set that keeps their order (RFC 5267 section 3.2): "5,3:4". Not empty.
void append_ordered_set(std::string& out, std::span<const std::uint32_t> numbers);

/// "* ESEARCH (TAG "a1")", with " UID" if the numbers are UIDs. RFC 4731 section 3.1. `source` is
/// what stands behind the tag: " MAILBOX x UIDVALIDITY 7" (RFC 7377 section 2.1).
void append_esearch_start(std::string& out, std::string_view tag, wire::imap::Numbers form,
                          std::string_view source = {});

/// The whole answer, CRLF included (RFC 4731 section 3.1); empty if all that was wanted is SAVE
/// (RFC 5182 section 2.1). `relevancy` is that of `numbers`, in the same order (RFC 6203 section
/// 4), `mod_seq` that of what is told (RFC 4731 section 3.2).
[[nodiscard]] std::string extended_line(std::string_view tag, wire::imap::Numbers form,
                                        const wire::imap::ReturnOptions& returns,
                                        std::span<const std::uint32_t> numbers,
                                        std::span<const std::uint8_t> relevancy = {},
                                        std::optional<ModSeq> mod_seq = {},
                                        std::string_view source = {});

/// The part of a list of `size` results that a range names: begin and end, counted from 0.
struct Slice {
  std::size_t begin = 0;
  std::size_t end = 0;
};
[[nodiscard]] Slice slice(const wire::imap::PartialRange& range, std::size_t size);

/// The highest MODSEQ of what a program is told of what was found; nullopt if that is nothing.
[[nodiscard]] std::optional<ModSeq> told_mod_seq(
    const std::optional<wire::imap::ReturnOptions>& returns, const Found& found);

/// What SAVE keeps of `found`: RFC 5182 section 2.4 and RFC 9394 section 3.2.
[[nodiscard]] UidSet saved_part(const wire::imap::ReturnOptions& returns, const Found& found);

}  // namespace postern::imap
