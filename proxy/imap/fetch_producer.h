#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/imap/binary_section.h"
#include "proxy/imap/fetch_plan.h"
#include "sync/store/reader.h"
#include "sync/store/snapshot.h"
#include "sync/wire/imap/fetch_item.h"
#include "sync/wire/mime/listed_fields.h"
#include "sync/wire/mime/section.h"

namespace postern::imap {

/// Writes the answers of a FETCH piece by piece, going on where it stopped, also in the middle of a
/// body: its memory does not grow with the messages. One thread at a time.
class FetchProducer {
 public:
  explicit FetchProducer(FetchPlan plan);

  /// These messages too, behind the others. Only when finished.
  void add(FetchPlan::Runs runs);
  /// Appends answers to `out` until it has about `octets` more, as much was read for them, or all
  /// is done. `reader` may be nullptr if the plan does not need one.
  ///
  /// A message that cannot be read is left out, unless a part of its answer was given away before:
  /// then StoreFailure is thrown, and the connection cannot go on.
  void produce(store::Reader* reader, std::string& out, std::size_t octets);
  [[nodiscard]] bool finished() const { return run_ == plan_.runs.size(); }
  /// How many messages were left out.
  [[nodiscard]] std::size_t unreadable() const { return unreadable_; }
  /// How many were left out because nobody knows how to decode a part that was asked for.
  [[nodiscard]] std::size_t undecodable() const { return undecodable_; }

 private:
  void message(store::Reader* reader, std::string& out);
  void item(store::Reader* reader, const store::Entry& entry, const wire::imap::FetchItem& item,
            std::string& out);
  void section(store::Reader& reader, const store::Entry& entry, const wire::imap::FetchItem& item,
               std::string& out);
  void fields(store::Reader& reader, const store::Entry& entry, const wire::imap::FetchItem& item,
              std::string& out);
  bool select_from_list(store::Reader& reader, const store::Entry& entry);
  bool select_from_header(store::Reader& reader, const store::Entry& entry,
                          const wire::imap::FetchItem& item);
  bool short_header(store::Reader& reader, const store::Entry& entry,
                    const wire::imap::FetchItem& item, std::string& out);
  void binary(store::Reader& reader, const store::Entry& entry, const wire::imap::FetchItem& item,
              std::string& out);
  void preview(store::Reader& reader, const store::Entry& entry, std::string& out);
  [[nodiscard]] bool can_be_decoded(store::Reader* reader, const store::Entry& entry);
  void body_octets(store::Reader& reader, const store::Entry& entry, std::string& out);
  store::Reader::Ready ready(store::Reader& reader, const store::Entry& entry);
  void charge(std::size_t octets);
  const wire::mime::Structure& structure(std::string_view stored);
  std::optional<wire::mime::Octets> place(store::Reader& reader, const store::Entry& entry,
                                          const wire::mime::Section& section);
  void append_flags(const store::Entry& entry, std::string& out) const;
  void flags_too(const store::Entry& entry, std::string& out) const;
  void next_message();

  FetchPlan plan_;
  /// Of an item that asks for some fields of a header.
  struct Fields {
    wire::mime::FieldSelection selection;
    std::optional<wire::mime::listed::Names> listed;  ///< if these are all
  };
  struct Prepared {
    std::string name;  ///< as an answer has it
    std::optional<Fields> fields;
  };
  std::vector<Prepared> prepared_;  ///< of the items
  std::string header_;              ///< read into again and again
  std::string fields_;              ///< likewise
  std::size_t until_ = 0;  ///< where `out` is long enough; nearer for what is read and not told
  std::size_t run_ = 0;
  std::uint32_t seq_ = 0;
  std::size_t item_ = 0;     ///< of the message under way
  bool started_ = false;     ///< the message's answer is begun
  wire::mime::Octets left_;  ///< of the literal under way, in octets of the body
  std::optional<wire::mime::Structure> structure_;  ///< of the message under way, once needed
  std::optional<BinarySection> binary_;             ///< under way
  std::size_t unreadable_ = 0;
  std::size_t undecodable_ = 0;
};

}  // namespace postern::imap
