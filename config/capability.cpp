#include "config/capability.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "config/values.h"

namespace postern::config {
namespace {

consteval bool in_order() {
  for (std::size_t i = 0; i < capability_rows.size(); ++i) {
    if (static_cast<std::size_t>(capability_rows[i].capability) != i) return false;
  }
  return true;
}
static_assert(in_order());

struct Need {
  Capability capability;
  Capability needed;
};

/// RFC 9051 appendix E says what IMAP4rev2 consists of.
constexpr std::array needs = std::to_array<Need>({
    {Capability::imap4rev2, Capability::sasl_ir},
    {Capability::imap4rev2, Capability::enable},
    {Capability::imap4rev2, Capability::literal_minus},
    {Capability::imap4rev2, Capability::idle},
    {Capability::imap4rev2, Capability::namespaces},
    {Capability::imap4rev2, Capability::uid_plus},
    {Capability::imap4rev2, Capability::unselect},
    {Capability::imap4rev2, Capability::move},
    {Capability::imap4rev2, Capability::children},
    {Capability::imap4rev2, Capability::special_use},
    {Capability::imap4rev2, Capability::esearch},
    {Capability::imap4rev2, Capability::search_res},
    {Capability::imap4rev2, Capability::binary},
    {Capability::imap4rev2, Capability::list_extended},
    {Capability::imap4rev2, Capability::list_status},
    {Capability::imap4rev2, Capability::status_size},
    {Capability::esort, Capability::sort},
    {Capability::search_res, Capability::esearch},
    {Capability::multi_search, Capability::esearch},
    {Capability::url_partial, Capability::catenate},
    {Capability::partial, Capability::esearch},
    {Capability::context_search, Capability::esearch},
    {Capability::context_sort, Capability::esort},
    {Capability::sort_display, Capability::sort},
    {Capability::qresync, Capability::enable},
    {Capability::qresync, Capability::cond_store},
    {Capability::utf8_accept, Capability::enable},
    {Capability::list_status, Capability::list_extended},
    {Capability::list_my_rights, Capability::list_extended},
    {Capability::list_my_rights, Capability::acl},
    {Capability::create_special_use, Capability::special_use},
    {Capability::metadata, Capability::metadata_server},
    {Capability::list_metadata, Capability::list_extended},
    {Capability::list_metadata, Capability::metadata},
    {Capability::filters, Capability::metadata_server},
    {Capability::uid_only, Capability::enable},
});

bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(lower(a), lower(b));
}

}  // namespace

Capabilities offered(const Switches& account, const Switches& program) {
  Capabilities out;
  for (const CapabilityRow& row : capability_rows) {
    if (row.unconfigured == CapabilityRow::Unconfigured::on) out.add(row.capability);
  }
  out.add(account.on);
  out.add(program.on);
  out.remove(account.off);
  out.remove(program.off);
  for (bool all_stand = false; !all_stand;) {
    all_stand = true;
    for (const Need& need : needs) {
      if (!out.has(need.capability) || out.has(need.needed)) continue;
      out.remove(need.capability);
      all_stand = false;
    }
  }
  return out;
}

Capabilities with_needs(Capabilities capabilities) {
  for (bool complete = false; !complete;) {
    complete = true;
    for (const Need& need : needs) {
      if (!capabilities.has(need.capability) || capabilities.has(need.needed)) continue;
      capabilities.add(need.needed);
      complete = false;
    }
  }
  return capabilities;
}

Capabilities named(std::string_view name) {
  Capabilities family;
  for (const CapabilityRow& row : capability_rows) {
    if (same(row.name, name)) return {row.capability};
    if (same(row.name.substr(0, row.name.find('=')), name)) family.add(row.capability);
  }
  return family;
}

}  // namespace postern::config
