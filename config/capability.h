#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace postern::config {

/// What the IMAP face can offer beside IMAP4rev1, and the operator may switch off: per account, and
/// per mail program. Not here: IMAP4rev1 itself, STARTTLS, LOGINDISABLED and AUTH=, which say how
/// to get in. In the order in which CAPABILITY names them.
enum class Capability : std::uint8_t {
  imap4rev2,
  sasl_ir,
  id,
  enable,
  literal_minus,
  literal_plus,
  idle,
  namespaces,
  uid_plus,
  unselect,
  move,
  children,
  special_use,
  esearch,
  multi_search,
  esort,
  search_res,
  partial,
  context_search,
  context_sort,
  within,
  save_date,
  object_id,
  sort,
  sort_display,
  thread_ordered_subject,
  thread_references,
  thread_refs,
  search_fuzzy,
  preview,
  snippet,
  binary,
  cond_store,
  qresync,
  utf8_accept,
  list_extended,
  list_status,
  list_my_rights,
  status_size,
  create_special_use,
  xlist,
  acl,
  quota,
  multi_append,
  catenate,
  url_partial,
  replace,
  unauthenticate,
  language,
  i18n_level,
  in_progress,
  metadata,
  metadata_server,
  list_metadata,
  notify,
  filters,
  uid_batches,
  uid_only,
  compress_deflate,
  append_limit,
};

struct CapabilityRow {
  /// Before login nothing is told that a program cannot use yet. LITERAL- gives way to LITERAL+.
  enum class Told : std::uint8_t { always, until_more, after_login };
  enum class Unconfigured : std::uint8_t { on, off };

  Capability capability;
  std::string_view name;  ///< as it is announced; APPENDLIMIT is followed by its value
  Told told = Told::after_login;
  Unconfigured unconfigured = Unconfigured::on;
  std::string_view along{};  ///< further names that are announced with it, each behind a space
};

/// All of them, in the order of the enumeration: a capability that is added gets a row here, what
/// it stands on in capability.cpp, and what commands know it in proxy/imap/offer.cpp.
inline constexpr std::array<CapabilityRow, 60> capability_rows = {{
    {Capability::imap4rev2, "IMAP4rev2", CapabilityRow::Told::always},
    {Capability::sasl_ir, "SASL-IR", CapabilityRow::Told::always},
    {Capability::id, "ID", CapabilityRow::Told::always},
    {Capability::enable, "ENABLE", CapabilityRow::Told::always},
    {Capability::literal_minus, "LITERAL-", CapabilityRow::Told::until_more},
    {Capability::literal_plus, "LITERAL+"},
    {Capability::idle, "IDLE"},
    {Capability::namespaces, "NAMESPACE"},
    {Capability::uid_plus, "UIDPLUS"},
    {Capability::unselect, "UNSELECT"},
    {Capability::move, "MOVE"},
    {Capability::children, "CHILDREN"},
    {Capability::special_use, "SPECIAL-USE"},
    {Capability::esearch, "ESEARCH"},
    {Capability::multi_search, "MULTISEARCH"},
    {Capability::esort, "ESORT"},
    {Capability::search_res, "SEARCHRES"},
    {Capability::partial, "PARTIAL"},
    {Capability::context_search, "CONTEXT=SEARCH"},
    {Capability::context_sort, "CONTEXT=SORT"},
    {Capability::within, "WITHIN"},
    {Capability::save_date, "SAVEDATE"},
    {Capability::object_id, "OBJECTID"},
    {Capability::sort, "SORT"},
    {Capability::sort_display, "SORT=DISPLAY"},
    {Capability::thread_ordered_subject, "THREAD=ORDEREDSUBJECT"},
    {Capability::thread_references, "THREAD=REFERENCES"},
    {Capability::thread_refs, "THREAD=REFS"},
    {Capability::search_fuzzy, "SEARCH=FUZZY"},
    {Capability::preview, "PREVIEW"},
    {Capability::snippet, "SNIPPET=FUZZY"},
    {Capability::binary, "BINARY"},
    {Capability::cond_store, "CONDSTORE"},
    {Capability::qresync, "QRESYNC"},
    {Capability::utf8_accept, "UTF8=ACCEPT"},
    {Capability::list_extended, "LIST-EXTENDED"},
    {Capability::list_status, "LIST-STATUS"},
    {Capability::list_my_rights, "LIST-MYRIGHTS"},
    {Capability::status_size, "STATUS=SIZE"},
    {Capability::create_special_use, "CREATE-SPECIAL-USE"},
    {Capability::xlist, "XLIST"},
    {.capability = Capability::acl, .name = "ACL", .along = " RIGHTS=texk"},
    {.capability = Capability::quota,
     .name = "QUOTA",
     .along = " QUOTA=RES-STORAGE QUOTA=RES-MESSAGE"},
    {Capability::multi_append, "MULTIAPPEND"},
    {Capability::catenate, "CATENATE"},
    {Capability::url_partial, "URL-PARTIAL"},
    {Capability::replace, "REPLACE"},
    {Capability::unauthenticate, "UNAUTHENTICATE"},
    {Capability::language, "LANGUAGE"},
    {Capability::i18n_level, "I18NLEVEL=1"},
    {Capability::in_progress, "INPROGRESS"},
    {Capability::metadata, "METADATA"},
    {Capability::metadata_server, "METADATA-SERVER"},
    {Capability::list_metadata, "LIST-METADATA"},
    {Capability::notify, "NOTIFY"},
    {Capability::filters, "FILTERS"},
    {Capability::uid_batches, "UIDBATCHES"},
    {Capability::uid_only, "UIDONLY", CapabilityRow::Told::after_login,
     CapabilityRow::Unconfigured::off},
    {Capability::compress_deflate, "COMPRESS=DEFLATE", CapabilityRow::Told::after_login,
     CapabilityRow::Unconfigured::off},
    {Capability::append_limit, "APPENDLIMIT", CapabilityRow::Told::always},
}};

/// A set of them.
class Capabilities {
 public:
  Capabilities() = default;
  Capabilities(std::initializer_list<Capability> of) {
    for (const Capability one : of) add(one);
  }

  [[nodiscard]] bool has(Capability one) const { return bits_.test(static_cast<std::size_t>(one)); }
  [[nodiscard]] bool empty() const { return bits_.none(); }
  /// Whether all of these are in it.
  [[nodiscard]] bool has_all(const Capabilities& all) const { return (all.bits_ & ~bits_).none(); }
  /// Whether one of these is in it.
  [[nodiscard]] bool has_any(const Capabilities& some) const { return (some.bits_ & bits_).any(); }
  void add(Capability one) { bits_.set(static_cast<std::size_t>(one)); }
  void add(const Capabilities& more) { bits_ |= more.bits_; }
  void remove(Capability one) { bits_.reset(static_cast<std::size_t>(one)); }
  void remove(const Capabilities& some) { bits_ &= ~some.bits_; }
  friend bool operator==(const Capabilities&, const Capabilities&) = default;

 private:
  std::bitset<capability_rows.size()> bits_;
};

/// What an operator, or a profile, has to say; no capability is in both.
struct Switches {
  Capabilities on;
  Capabilities off;
  friend bool operator==(const Switches&, const Switches&) = default;
};

/// What is offered to a program of an account: what one of them switches off is off, what one
/// switches on is on, the rest is as it is unconfigured. Without what it stands on, a capability is
/// off: QRESYNC needs CONDSTORE, IMAP4rev2 all that RFC 9051 took over.
[[nodiscard]] Capabilities offered(const Switches& account, const Switches& program);

/// With all that they stand on.
[[nodiscard]] Capabilities with_needs(Capabilities capabilities);

/// By name in any case; "THREAD" are all whose names begin with "THREAD=". Empty: none.
[[nodiscard]] Capabilities named(std::string_view name);

}  // namespace postern::config
