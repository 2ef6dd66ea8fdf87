#include "proxy/imap/fetch_producer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>
#include <utility>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "proxy/imap/message_preview.h"
#include "proxy/imap/object_id.h"
#include "sync/base/log.h"
#include "sync/store/failure.h"
#include "sync/wire/imap/date_time.h"
#include "sync/wire/imap/flag_list.h"
#include "sync/wire/imap/response.h"

namespace postern::imap {
namespace {

using Item = wire::imap::FetchItem;
using Text = wire::mime::Section::Text;

/// What of a header is looked at for its fields: as much as is parsed on arrival.
constexpr std::uint64_t header_limit = wire::mime::Limits().header_octets;

bool selects_fields(const wire::mime::Section& section) {
  return section.what == Text::header_fields || section.what == Text::header_fields_not;
}

/// The part of `whole` that a partial fetch asks for (RFC 3501 section 6.4.5): empty beyond its
/// end.
wire::mime::Octets cut(wire::mime::Octets whole, const std::optional<Item::Partial>& partial) {
  if (!partial) return whole;
  const std::uint64_t begin = std::min(whole.end, whole.begin + partial->offset);
  return {begin, std::min(whole.end, begin + partial->octets)};
}

void append_part(std::string_view text, const std::optional<Item::Partial>& partial,
                 std::string& out) {
  const wire::mime::Octets part = cut({0, text.size()}, partial);
  wire::imap::append_literal_start(out, part.end - part.begin);
  out.append(text, part.begin, part.end - part.begin);
}

void append_thread_id(store::Reader& reader, BodyId body, std::string& out) {
  reader.sort_keys(std::array{body}, [&](BodyId, const wire::mime::SortKeys& keys) {
    const auto hash = [&] { return reader.hash_of(body); };
    fmt::format_to(std::back_inserter(out), "({})", thread_id(keys, hash));
  });
}

}  // namespace

FetchProducer::FetchProducer(FetchPlan plan) : plan_(std::move(plan)) {
  const auto uid = std::ranges::find(plan_.items, Item::Kind::uid, &Item::kind);
  if (uid != plan_.items.end()) std::rotate(plan_.items.begin(), uid, std::next(uid));
  // It stands before the list already, which needs something in it.
  if (plan_.form == FetchPlan::Form::uid_fetch && plan_.items.size() > 1 &&
      plan_.items.front().kind == Item::Kind::uid)
    plan_.items.erase(plan_.items.begin());
  prepared_.reserve(plan_.items.size());
  for (const Item& item : plan_.items) {
    Prepared& made = prepared_.emplace_back(format(item));
    if (item.reads_body() && selects_fields(item.section))
      made.fields.emplace(wire::mime::FieldSelection(item.section),
                          wire::mime::listed::names(item.section));
  }
  add(std::exchange(plan_.runs, {}));
}

void FetchProducer::add(FetchPlan::Runs runs) {
  assert(finished());
  plan_.runs = std::move(runs);
  run_ = 0;
  if (!plan_.runs.empty()) seq_ = plan_.runs.front().first;
}

void FetchProducer::next_message() {
  started_ = false;
  item_ = 0;
  structure_.reset();
  if (seq_ < plan_.runs[run_].last) {
    ++seq_;
  } else if (++run_ < plan_.runs.size()) {
    seq_ = plan_.runs[run_].first;
  }
}

void FetchProducer::produce(store::Reader* reader, std::string& out, std::size_t octets) {
  until_ = out.size() + octets;
  while (!finished() && out.size() < until_) {
    const bool begun_before = started_;
    const std::size_t start = out.size();
    try {
      message(reader, out);
    } catch (const store::StoreFailure&) {
      if (begun_before) throw;
      out.resize(start);
      left_ = {};
      binary_.reset();
      ++unreadable_;
      next_message();
    }
  }
}

void FetchProducer::message(store::Reader* reader, std::string& out) {
  const store::Entry& entry = plan_.view->at(SeqNum(seq_));
  if (!started_) {
    if (!can_be_decoded(reader, entry)) {
      ++undecodable_;
      return next_message();
    }
    if (plan_.form == FetchPlan::Form::uid_fetch) {
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("* {} UIDFETCH ("), entry.uid.value);
    } else {
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("* {} FETCH ("), seq_);
    }
    started_ = true;
  }
  while (true) {
    while (binary_ && !binary_->finished()) {
      if (out.size() >= until_) return;
      charge(binary_->step(*reader, out));
    }
    binary_.reset();
    if (left_.begin != left_.end) {
      body_octets(*reader, entry, out);
      if (left_.begin != left_.end) return;
    }
    if (item_ == plan_.items.size()) break;
    if (item_ != 0 && out.size() >= until_) return;
    if (item_ != 0) out.push_back(' ');
    item(reader, entry, plan_.items[item_], out);
    ++item_;
  }
  if (plan_.flags_too.contains(entry.uid)) flags_too(entry, out);
  out.append(")\r\n");
  next_message();
}

void FetchProducer::flags_too(const store::Entry& entry, std::string& out) const {
  if (!plan_.asks_for(Item::Kind::flags)) {
    out.append(" FLAGS ");
    append_flags(entry, out);
  }
  if (plan_.mod_seq_too && !plan_.asks_for(Item::Kind::mod_seq))
    fmt::format_to(std::back_inserter(out), " MODSEQ ({})", entry.mod_seq.value);
}

void FetchProducer::append_flags(const store::Entry& entry, std::string& out) const {
  const auto recent =
      plan_.recents.contains(entry.uid) ? wire::imap::Recent::yes : wire::imap::Recent::no;
  wire::imap::append_flags(out, entry.flags, recent, plan_.view->keywords());
}

void FetchProducer::item(store::Reader* reader, const store::Entry& entry, const Item& item,
                         std::string& out) {
  if (item.reads_body()) return section(*reader, entry, item, out);
  if (item.decodes()) return binary(*reader, entry, item, out);
  out.append(prepared_[item_].name);
  out.push_back(' ');
  switch (item.kind) {
    case Item::Kind::uid:
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), entry.uid.value);
      break;
    case Item::Kind::flags: append_flags(entry, out); break;
    case Item::Kind::internal_date:
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("\"{}\""),
                     wire::imap::format_date_time(entry.date));
      break;
    case Item::Kind::rfc822_size:
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}"), entry.octets);
      break;
    case Item::Kind::save_date:
      fmt::format_to(std::back_inserter(out), FMT_COMPILE("\"{}\""),
                     wire::imap::format_date_time({entry.saved_at.time_since_epoch().count(), 0}));
      break;
    case Item::Kind::mod_seq:
      fmt::format_to(std::back_inserter(out), "({})", entry.mod_seq.value);
      break;
    case Item::Kind::email_id:
      fmt::format_to(std::back_inserter(out), "({})", email_id(reader->hash_of(entry.body)));
      break;
    case Item::Kind::thread_id: append_thread_id(*reader, entry.body, out); break;
    case Item::Kind::preview: preview(*reader, entry, out); break;
    case Item::Kind::snippet:
      out.append("(FUZZY ");
      preview(*reader, entry, out);
      out.push_back(')');
      break;
    case Item::Kind::envelope: out.append(ready(*reader, entry).envelope); break;
    case Item::Kind::body: out.append(ready(*reader, entry).body); break;
    case Item::Kind::body_structure: out.append(ready(*reader, entry).body_structure); break;
    case Item::Kind::binary_size:
    case Item::Kind::binary:
    case Item::Kind::section:
    case Item::Kind::rfc822:
    case Item::Kind::rfc822_header:
    case Item::Kind::rfc822_text: break;
  }
}

void FetchProducer::preview(store::Reader& reader, const store::Entry& entry, std::string& out) {
  const auto made = message_preview(reader, entry.body, structure(ready(reader, entry).parts));
  charge(made.read);
  wire::imap::append_string(out, made.text);
}

void FetchProducer::charge(std::size_t octets) {
  until_ -= std::min(until_, octets);
}

store::Reader::Ready FetchProducer::ready(store::Reader& reader, const store::Entry& entry) {
  const store::Reader::Ready all = reader.ready(entry.body);
  charge(all.envelope.size() + all.body.size() + all.body_structure.size() + all.parts.size());
  return all;
}

/// Where the section stands; the stored tree of parts is looked at only if one of them is named.
std::optional<wire::mime::Octets> FetchProducer::place(store::Reader& reader,
                                                       const store::Entry& entry,
                                                       const wire::mime::Section& section) {
  const store::Reader::Ready body = ready(reader, entry);
  if (section.path.empty()) {
    if (section.what == Text::whole) return wire::mime::Octets{0, body.octets};
    if (section.what == Text::text) return wire::mime::Octets{body.header_octets, body.octets};
    return wire::mime::Octets{0, body.header_octets};
  }
  return wire::mime::locate(structure(body.parts), section);
}

/// Of the message under way.
const wire::mime::Structure& FetchProducer::structure(std::string_view stored) {
  if (!structure_) {
    auto decoded = wire::mime::Structure::decode(stored);
    if (!decoded)
      throw store::StoreFailure(store::FailureKind::corrupt,
                                "the stored parts of a message: " + decoded.error());
    structure_ = std::move(*decoded);
  }
  return *structure_;
}

/// RFC 3516 section 4.3: the answer to what cannot be decoded is no data, but UNKNOWN-CTE.
bool FetchProducer::can_be_decoded(store::Reader* reader, const store::Entry& entry) {
  return std::ranges::none_of(plan_.items, [&](const Item& item) {
    if (!item.decodes()) return false;
    const auto where =
        wire::mime::locate_binary(structure(ready(*reader, entry).parts), item.section.path);
    return where && !where->encoding;
  });
}

void FetchProducer::binary(store::Reader& reader, const store::Entry& entry, const Item& item,
                           std::string& out) {
  const auto where =
      wire::mime::locate_binary(structure(ready(reader, entry).parts), item.section.path);
  out.append(prepared_[item_].name);
  out.push_back(' ');
  if (where) {
    binary_.emplace(entry.body, *where, item);
  } else {
    out.append(item.kind == Item::Kind::binary_size ? "0" : "NIL");
  }
}

void FetchProducer::section(store::Reader& reader, const store::Entry& entry, const Item& item,
                            std::string& out) {
  if (prepared_[item_].fields) return fields(reader, entry, item, out);
  if (short_header(reader, entry, item, out)) return;
  const auto where = place(reader, entry, item.section);
  out.append(prepared_[item_].name);
  out.push_back(' ');
  if (!where) {
    out.append("NIL");
  } else {
    left_ = cut(*where, item.partial);
    wire::imap::append_literal_start(out, left_.end - left_.begin);
  }
}

/// The message's own header, which one look brings unless it is long; then it goes the way of
/// everything else.
bool FetchProducer::short_header(store::Reader& reader, const store::Entry& entry, const Item& item,
                                 std::string& out) {
  constexpr std::uint64_t short_octets = 16UL * 1024;
  if (item.section.what != Text::header || !item.section.path.empty()) return false;
  header_.clear();
  const bool fits = reader.read_header(entry.body, short_octets, header_) <= short_octets;
  if (item.partial || !fits) charge(header_.size());
  if (!fits) return false;
  out.append(prepared_[item_].name);
  out.push_back(' ');
  append_part(header_, item.partial, out);
  return true;
}

void FetchProducer::fields(store::Reader& reader, const store::Entry& entry, const Item& item,
                           std::string& out) {
  fields_.clear();
  bool there = false;
  if (prepared_[item_].fields->listed) there = select_from_list(reader, entry);
  if (!there) there = select_from_header(reader, entry, item);
  out.append(prepared_[item_].name);
  out.push_back(' ');
  if (!there) {
    out.append("NIL");
    return;
  }
  append_part(fields_, item.partial, out);
  if (item.partial) charge(fields_.size());
}

/// False: the list says nothing of this message, or it is damaged, which is no loss.
bool FetchProducer::select_from_list(store::Reader& reader, const store::Entry& entry) {
  try {
    const auto listed = reader.listed_fields(entry.body);
    return listed && wire::mime::listed::select(*listed, *prepared_[item_].fields->listed, fields_);
  } catch (const store::StoreFailure& failure) {
    if (failure.kind() != store::FailureKind::corrupt) throw;
    log::warning("imap", "the list of fields is damaged: {}", failure.what());
    fields_.clear();
    return false;
  }
}

/// False: there is no such part.
bool FetchProducer::select_from_header(store::Reader& reader, const store::Entry& entry,
                                       const Item& item) {
  header_.clear();
  if (item.section.path.empty()) {
    reader.read_header(entry.body, header_limit, header_);
  } else {
    const auto where = place(reader, entry, item.section);
    if (!where) return false;
    reader.read_body(entry.body, where->begin, std::min(where->end - where->begin, header_limit),
                     header_);
  }
  charge(header_.size());
  prepared_[item_].fields->selection.append(header_, fields_);
  return true;
}

void FetchProducer::body_octets(store::Reader& reader, const store::Entry& entry,
                                std::string& out) {
  constexpr std::uint64_t least = 4096;
  const std::uint64_t room = out.size() < until_ ? until_ - out.size() : 0;
  const std::uint64_t count = std::min(left_.end - left_.begin, std::max(room, least));
  const std::size_t before = out.size();
  reader.read_body(entry.body, left_.begin, count, out);
  if (out.size() - before != count)
    throw store::StoreFailure(store::FailureKind::corrupt,
                              "a stored message is shorter than it was");
  left_.begin += count;
}

}  // namespace postern::imap
