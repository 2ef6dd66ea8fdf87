#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/base/ids.h"
#include "sync/base/uid_set.h"
#include "sync/store/body.h"
#include "sync/store/device.h"
#include "sync/store/grams.h"
#include "sync/store/import.h"
#include "sync/store/source_record.h"
#include "sync/store/submission.h"
#include "sync/wire/mime/sort_keys.h"

namespace postern::store {

/// What a read may see: one consistent state of the database, valid only during the call it is
/// handed to. One of the reader threads. Bodies named by a live snapshot are always found.
class Reader {
 public:
  virtual ~Reader() = default;

  /// Views are good until the next call. Throws StoreFailure(corrupt) if there is no such body.
  struct Ready {
    std::uint64_t octets = 0;
    std::uint64_t header_octets = 0;
    std::string_view envelope;
    std::string_view body;
    std::string_view body_structure;
    std::string_view parts;
  };
  virtual Ready ready(BodyId body) = 0;

  /// Appends `count` octets of the body from `offset` to `out`; fewer at the end of the body.
  /// Decompresses only the chunks that are touched.
  virtual void read_body(BodyId body, std::uint64_t offset, std::uint64_t count,
                         std::string& out) = 0;

  /// Appends the header, the empty line included, but no more than `most` octets of it; returns how
  /// many it has. Faster than read_body().
  virtual std::uint64_t read_header(BodyId body, std::uint64_t most, std::string& out) = 0;
  /// `wire::mime::listed::fields` of its header, where that is here; good until the next call. Fast
  /// for bodies asked for in rising order.
  virtual std::optional<std::string_view> listed_fields(BodyId body) = 0;

  // The search index. It lags behind what arrives.
  /// Up to this body it knows them all; 0: it is of no use yet.
  virtual BodyId indexed() = 0;
  /// Calls `visit`, in rising order, for every indexed body in which `query` occurs, and for some
  /// others, that are gone or have the same grams. False: it cannot tell, and nothing is called.
  virtual bool candidates(const GramQuery& query, const std::function<void(BodyId)>& visit) = 0;
  /// The stored form of FoldedFields of an indexed body, where there is one; good until the next
  /// call. Fast for bodies asked for in rising order.
  virtual std::optional<std::string_view> folded_fields(BodyId body) = 0;
  /// The octets of FoldedTexts, likewise. Throws StoreFailure(corrupt) if they cannot be had.
  virtual std::optional<std::string_view> folded_texts(BodyId body) = 0;
  struct Indexed {
    std::uint64_t bodies = 0;
    std::uint64_t total = 0;
  };
  virtual Indexed index_progress() = 0;
  using VisitKeys = std::function<void(BodyId, const wire::mime::SortKeys&)>;
  /// What SORT and THREAD compare of each of the bodies, which rise. One that is damaged has no
  /// keys.
  virtual void sort_keys(std::span<const BodyId> bodies, const VisitKeys& visit) = 0;
  using VisitSent = std::function<void(BodyId, std::optional<std::int64_t>)>;
  /// SortKeys::sent of those of the bodies, which rise, whose keys are stored.
  virtual void sent_dates(std::span<const BodyId> bodies, const VisitSent& visit) = 0;

  /// Throws StoreFailure(corrupt) if there is no such body.
  virtual BodyHash hash_of(BodyId body) = 0;
  /// The body with these octets, if it is here.
  virtual std::optional<BodyId> find_body(const BodyHash& hash) = 0;

  /// What Transaction::import would make of a message whose octets have the hash `content`.
  virtual Imported import_of(MailboxId mailbox, const ImportKey& key, const BodyHash& content) = 0;
  /// Whether that would be Imported::known, which is quicker to tell.
  virtual bool knows_import(MailboxId mailbox, const ImportKey& key) = 0;

  /// The queue, what is due first at its begin.
  virtual std::vector<Submission> submissions() = 0;
  virtual std::optional<Submission> submission(SubmissionId id) = 0;
  /// Where the messages are that bear one of the ids, which are as `wire::mime::message_ids` gives
  /// them. Looks at the keys of all bodies.
  virtual std::vector<std::pair<MailboxId, Uid>> find_by_message_id(
      std::span<const std::string> ids) = 0;

  /// Of all sources of which anything was ever recorded, the oldest first.
  virtual std::vector<std::string> source_keys() = 0;
  /// All origins of a source, including gone ones that are not forgotten. `key` as in
  /// Transaction::source; empty if unknown.
  virtual std::vector<Origin> origins(std::string_view source_key) = 0;
  /// Those that no mailbox holds and that no DELE was accepted for, as far as they are upstream.
  virtual std::vector<OriginId> origins_to_delete(std::string_view source_key) = 0;
  /// Of the bodies that they came with, in the same order.
  virtual std::vector<BodyHash> body_hashes(const std::vector<OriginId>& origins) = 0;
  /// Reads the bodies of messages from the disk and gives those whose octets are not what came.
  /// What no mailbox holds any more has no octets to be wrong.
  virtual std::vector<OriginId> damaged(const std::vector<OriginId>& origins) = 0;
  /// nullopt: nothing was ever recorded of that source.
  virtual std::optional<SourceRecord> source_record(std::string_view source_key) = 0;
  virtual std::vector<FetchFailure> fetch_failures(std::string_view source_key) = 0;

  /// nullopt: nothing was ever recorded of that source.
  virtual std::optional<LoginRecord> login_record(std::string_view source_key) = 0;
  /// As Transaction::set_credential left it; empty if there is none.
  virtual std::string credential(std::string_view source_key) = 0;

  /// By name.
  virtual std::vector<Device> devices() = 0;
  /// Messages that the device is not shown.
  virtual UidSet hidden(DeviceId device, MailboxId mailbox) = 0;

  /// Calls `visit` with name and value of each annotation, by rising names; views are good during
  /// the call. `mailbox` may be `whole_account`.
  virtual void annotations(
      MailboxId mailbox,
      const std::function<void(std::string_view entry, std::string_view value)>& visit) = 0;

  /// The UIDs that went after `since` from a mailbox (RFC 7162 section 3.2.5); nullopt: that is not
  /// known any more.
  virtual std::optional<UidSet> expunged_since(MailboxId mailbox, ModSeq since) = 0;

  struct Counts {
    std::uint64_t mailboxes = 0;
    std::uint64_t messages = 0;
    std::uint64_t octets = 0;  ///< sum of message sizes
  };
  virtual Counts counts() = 0;
};

}  // namespace postern::store
