#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sync/base/clock.h"
#include "sync/wire/imap/command.h"
#include "sync/wire/imap/cursor.h"

/// The rules of RFC 3501 section 9, each under its name there. A rule that fails leaves its error
/// in the cursor and returns something harmless.
namespace postern::wire::imap::grammar {

void sp(Cursor& in);
std::string atom(Cursor& in);
std::string tag(Cursor& in);
std::string quoted(Cursor& in);
std::string literal(Cursor& in);
std::string string(Cursor& in);
std::string astring(Cursor& in);
/// `nstring` or `literal8`: any octets (RFC 3516 section 7).
std::optional<std::string> nstring_or_literal8(Cursor& in);
/// The astring of a search key; in quotes it may hold any octets but control characters.
std::string search_text(Cursor& in);
std::optional<std::string> nstring(Cursor& in);
std::string list_mailbox(Cursor& in);
std::uint32_t number(Cursor& in);
std::uint32_t nz_number(Cursor& in);
/// RFC 7162 section 7, `mod-sequence-valzer`: 63 bits.
ModSeq mod_sequence(Cursor& in);
std::optional<MailboxName> mailbox(Cursor& in);
SequenceSet sequence_set(Cursor& in);
void flag(Cursor& in, FlagList& flags);
FlagList flag_list(Cursor& in);
std::chrono::sys_days date(Cursor& in);
InternalDate date_time(Cursor& in);

/// `search-key *(SP search-key)`, as one key.
SearchKey search_program(Cursor& in);
/// RFC 4731 section 4: the list behind RETURN.
/// `update_items` gets the data items that stand behind UPDATE (RFC 5465 section 7).
ReturnOptions return_options(Cursor& in, std::vector<FetchItem>& update_items);
/// RFC 5465 section 8, `filter-mailboxes`, but for one kind that the command does not know.
command::MailboxFilter mailbox_filter(Cursor& in, command::MailboxFilter::Kind unknown);
/// RFC 7377 section 4, `source-mbox` and what may follow it, behind its parenthesis.
std::vector<command::MailboxFilter> mailbox_filters(Cursor& in);
/// RFC 9394 section 4, `partial-range`.
PartialRange partial_range(Cursor& in);
/// RFC 5256 section 5.
std::vector<SortCriterion> sort_criteria(Cursor& in);
ThreadAlgorithm thread_algorithm(Cursor& in);
/// `list-mailbox` behind a reference.
ListPattern list_pattern(Cursor& in, std::string_view reference);
/// RFC 5258 section 6, what stands behind LIST.
command::List list_arguments(Cursor& in);
/// The list in parentheses of STATUS.
std::vector<command::Status::Item> status_items(Cursor& in);
/// What stands behind GETMETADATA and SETMETADATA: RFC 5464 section 5.
command::GetMetadata get_metadata(Cursor& in);
command::SetMetadata set_metadata(Cursor& in);
/// RFC 9590 section 3, what stands behind METADATA among the return options of LIST.
command::MetadataQuery metadata_query(Cursor& in);
/// RFC 5465 section 8, what stands behind NOTIFY.
command::Notify notify(Cursor& in);
/// RFC 6154 section 6, `create-param` in parentheses: at least USE.
std::vector<std::string> create_uses(Cursor& in);
/// A set that names its numbers: neither `*` nor `$`.
SequenceSet plain_sequence_set(Cursor& in);
/// RFC 7162 section 7, `select-param` in parentheses, behind the name of the mailbox.
void select_parameters(Cursor& in, command::Opening& result);
/// RFC 7162 section 7 and RFC 9394 section 4, `fetch-modifier` in parentheses.
void fetch_modifiers(Cursor& in, command::Fetch& result);
/// RFC 7162 section 7, `store-modifier` in parentheses.
void store_modifiers(Cursor& in, command::Store& result);
/// RFC 3501 section 9, in brackets.
mime::Section section(Cursor& in);
/// What follows the set in FETCH: a macro, one `fetch-att`, or a list of them.
std::vector<FetchItem> fetch_items(Cursor& in);
/// The same for what is told unasked, which makes nothing \Seen (RFC 5465 section 5.2).
std::vector<FetchItem> news_items(Cursor& in);

}  // namespace postern::wire::imap::grammar
