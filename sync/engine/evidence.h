#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sync/store/source_record.h"
#include "sync/wire/pop3/listing.h"

namespace postern::engine {

/// How the messages of a listing are told apart where their ids do not do it, as pure functions.
/// Ids are not enough in four cases:
///
/// - **They changed.** All messages known are missing, or most of several, and others are there
///   (a provider's migration, a server with new ids at each login). The headers of the unknown ones
///   are compared with those of the missing ones.
/// - **They are shared** by several messages of the listing, or empty. The headers of these are
///   compared with those of the messages that were recorded under that id.
/// - **They are the message numbers**, or there are none. Then the order tells: a maildrop only
///   grows at its end. If the known messages have the sizes that are listed at their places, and
///   the last of them that is not too large to look at is the one that it was by its header (or by
///   its body, fetched for this, where TOP does not work), then so are those before it: had one of
///   them gone, another message would stand at that place. Between them may be some that could not
///   be fetched. Otherwise all headers are asked for. Where most messages have other sizes than
///   before, a size says nothing about a message whose header is there once.
/// - **They may be somebody else's by now.** The server accepted a DELE for the message of an id
///   and still lists the id: it did not carry it out, or it did and another message got the id. It
///   is proved by its header which of them it is, else by its body (see plan.h), before anything
///   that deletes is said again. The same where the server tells another size than before: many
///   write into a header that a message was read, and some count otherwise each time.
///
/// Headers are compared by their hash (see header_hash.h). What cannot be told by it, because
/// several messages share it or TOP does not work, is fetched and told by its body (see Absent).

/// What was found out: for a message number the known message that it is; nullopt: none of them.
struct Evidence {
  std::unordered_map<std::uint32_t, std::optional<OriginId>> named;
  /// The ids changed: nothing is deleted until all messages are recognised.
  bool relinking = false;
  /// Neither ids nor order nor headers tell the messages apart: all are fetched to be compared.
  bool by_bodies = false;
};

/// Headers that the server showed, by message number. Unknown ones are left out.
using Headers = std::unordered_map<std::uint32_t, store::HeaderHash>;

/// The ids are the message numbers, or the server has no ids.
[[nodiscard]] bool ids_are_numbers(const wire::pop3::Listing& listing);

/// Of `kept` messages that should be as they were, `lost` are not: all of them, or more than half
/// of several. The server is more likely to be wrong than right then.
[[nodiscard]] bool lost_too_much(std::size_t lost, std::size_t kept);

/// The server tells another size of a message than it ever did.
[[nodiscard]] bool is_resized(const wire::pop3::ListedMessage& message,
                              const store::Origin& origin);
/// Whether a message has to be proved to be the one that is known under its id.
[[nodiscard]] bool needs_proof(const wire::pop3::ListedMessage& message,
                               const store::Origin& origin);

/// Whether the ids changed, judged by the ids alone.
[[nodiscard]] bool ids_changed(const wire::pop3::Listing& listing,
                               const std::vector<store::Origin>& known);

/// Messages whose id was never seen: those to ask for when the ids changed.
[[nodiscard]] std::vector<std::uint32_t> unknown_messages(const wire::pop3::Listing& listing,
                                                          const std::vector<store::Origin>& known);
[[nodiscard]] Evidence evidence_of_changed_ids(const wire::pop3::Listing& listing,
                                               const std::vector<store::Origin>& known,
                                               const Headers& headers);

/// Messages that share an id with others, of ids under which something is recorded.
[[nodiscard]] std::vector<std::uint32_t> shared_ids(const wire::pop3::Listing& listing,
                                                    const std::vector<store::Origin>& known);
void add_evidence_of_shared_ids(const wire::pop3::Listing& listing,
                                const std::vector<store::Origin>& known, const Headers& headers,
                                Evidence& evidence);

/// Messages that are listed under the id of a known one, alone, and have to be proved to be it, and
/// can be by their header.
[[nodiscard]] std::vector<std::uint32_t> unproved_messages(const wire::pop3::Listing& listing,
                                                           const std::vector<store::Origin>& known,
                                                           const Evidence& evidence);
/// Whoever has another header than expected is left to its body: a server may show other headers
/// than it sends.
void add_evidence_of_unproved(const wire::pop3::Listing& listing,
                              const std::vector<store::Origin>& known, const Headers& headers,
                              Evidence& evidence);

/// The known messages at their places in the listing, if their sizes agree. The last one is to be
/// verified.
struct Continuity {
  std::vector<const store::Origin*> origins;  ///< message 1, 2, ...; nullptr: none of the known
};
/// The likelier one first: with what was sent to be deleted still there, then without it. One of no
/// message at all means that nothing known is left, and needs no proof.
[[nodiscard]] std::vector<Continuity> continuities(const wire::pop3::Listing& listing,
                                                   const std::vector<store::Origin>& known);
[[nodiscard]] Evidence evidence_of_order(const wire::pop3::Listing& listing,
                                         const Continuity& continuity);
/// Without continuity: by all headers. Messages without one are none of the known.
[[nodiscard]] Evidence evidence_of_headers(const wire::pop3::Listing& listing,
                                           const std::vector<store::Origin>& known,
                                           const Headers& headers);

}  // namespace postern::engine
