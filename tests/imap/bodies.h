#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sync/store/failure.h"
#include "sync/store/reader.h"
#include "sync/wire/mime/scanner.h"

namespace postern::imap::test {

/// Bodies in memory, scanned as the store does it. A body that is not there is damaged.
class Bodies : public store::Reader {
 public:
  void add(BodyId id, std::string octets) {
    wire::mime::Scanner scanner;
    scanner.feed(octets);
    Body& body = bodies_[id.value];
    body.scanned = scanner.finish();
    body.parts = body.scanned.structure.encode();
    body.octets = std::move(octets);
  }
  void list(BodyId id, std::string fields) { bodies_[id.value].listed = std::move(fields); }
  void shorten(BodyId id, std::size_t octets) { bodies_[id.value].octets.resize(octets); }

  Ready ready(BodyId id) override {
    const Body& body = find(id);
    return {body.scanned.octets, body.scanned.header_octets,  body.scanned.envelope,
            body.scanned.body,   body.scanned.body_structure, body.parts};
  }
  void read_body(BodyId id, std::uint64_t offset, std::uint64_t count, std::string& out) override {
    const Body& body = find(id);
    ++reads;
    if (offset < body.octets.size()) out += body.octets.substr(offset, count);
  }
  std::uint64_t read_header(BodyId id, std::uint64_t most, std::string& out) override {
    const Body& body = find(id);
    ++reads;
    out += body.octets.substr(0, std::min(most, body.scanned.header_octets));
    return body.scanned.header_octets;
  }
  std::optional<std::string_view> listed_fields(BodyId id) override {
    if (lists_damaged) throw store::StoreFailure(store::FailureKind::corrupt, "a damaged page");
    if (const Body& body = find(id); body.listed) return *body.listed;
    return std::nullopt;
  }
  BodyId indexed() override { return BodyId(0); }
  bool candidates(const store::GramQuery& /*query*/,
                  const std::function<void(BodyId)>& /*visit*/) override {
    return false;
  }
  std::optional<std::string_view> folded_fields(BodyId /*id*/) override { return std::nullopt; }
  std::optional<std::string_view> folded_texts(BodyId /*id*/) override { return std::nullopt; }
  Indexed index_progress() override { return {}; }
  void sort_keys(std::span<const BodyId> ids, const VisitKeys& visit) override {
    for (const BodyId id : ids) visit(id, wire::mime::sort_keys(find(id).octets));
  }
  void sent_dates(std::span<const BodyId> ids, const VisitSent& visit) override {
    for (const BodyId id : ids) visit(id, wire::mime::sort_keys(find(id).octets).sent);
  }
  store::BodyHash hash_of(BodyId id) override {
    store::BodyHash hash{};
    hash[0] = static_cast<std::uint8_t>(id.value);
    return hash;
  }
  void annotations(
      MailboxId /*mailbox*/,
      const std::function<void(std::string_view, std::string_view)>& /*visit*/) override {}
  std::optional<UidSet> expunged_since(MailboxId /*mailbox*/, ModSeq /*since*/) override {
    return std::nullopt;
  }
  store::Imported import_of(MailboxId /*mailbox*/, const store::ImportKey& /*key*/,
                            const store::BodyHash& /*content*/) override {
    return {};
  }
  bool knows_import(MailboxId /*mailbox*/, const store::ImportKey& /*key*/) override {
    return false;
  }
  std::optional<BodyId> find_body(const store::BodyHash& hash) override { return BodyId(hash[0]); }
  std::vector<store::Submission> submissions() override { return {}; }
  std::optional<store::Submission> submission(SubmissionId /*id*/) override { return {}; }
  std::vector<std::pair<MailboxId, Uid>> find_by_message_id(
      std::span<const std::string> /*ids*/) override {
    return {};
  }
  std::vector<std::string> source_keys() override { return {}; }
  std::vector<store::Origin> origins(std::string_view /*key*/) override { return {}; }
  std::vector<OriginId> origins_to_delete(std::string_view /*key*/) override { return {}; }
  std::optional<store::LoginRecord> login_record(std::string_view /*key*/) override {
    return std::nullopt;
  }
  std::vector<store::BodyHash> body_hashes(const std::vector<OriginId>& /*ids*/) override {
    return {};
  }
  std::vector<OriginId> damaged(const std::vector<OriginId>& /*ids*/) override { return {}; }
  std::optional<store::SourceRecord> source_record(std::string_view /*key*/) override {
    return std::nullopt;
  }
  std::vector<store::FetchFailure> fetch_failures(std::string_view /*key*/) override { return {}; }
  std::string credential(std::string_view /*key*/) override { return {}; }
  std::vector<store::Device> devices() override { return {}; }
  UidSet hidden(DeviceId /*device*/, MailboxId /*mailbox*/) override { return {}; }
  Counts counts() override { return {}; }

  int reads = 0;               ///< of octets
  bool lists_damaged = false;  ///< the page with the lists of fields cannot be read

 private:
  struct Body {
    wire::mime::Scanned scanned;
    std::string parts;
    std::string octets;
    std::optional<std::string> listed;
  };
  const Body& find(BodyId id) const {
    const auto found = bodies_.find(id.value);
    if (found == bodies_.end())
      throw store::StoreFailure(store::FailureKind::corrupt, "no such body");
    return found->second;
  }
  std::map<std::int64_t, Body> bodies_;
};

}  // namespace postern::imap::test
