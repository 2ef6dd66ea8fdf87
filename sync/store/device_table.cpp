#include "sync/store/device_table.h"

namespace postern::store {

namespace {

Device device_of(const Statement::Run& row) {
  Device device;
  device.id = row.id<DeviceId>(0);
  device.name = row.octets(1);
  device.rights = row.number<DeviceRights>(2);
  device.sender = row.octets(3);
  device.keys = {.scram_salt = std::string(row.octets(4)),
                 .scram_iterations = row.number<unsigned>(5),
                 .stored_key = std::string(row.octets(6)),
                 .server_key = std::string(row.octets(7)),
                 .scrypt_salt = std::string(row.octets(8)),
                 .scrypt_cost = row.number<unsigned>(9),
                 .scrypt_hash = std::string(row.octets(10))};
  device.keys.stored_key_sha_1 = row.octets(17);
  device.keys.server_key_sha_1 = row.octets(18);
  device.created = WallTime(std::chrono::seconds(row.integer(11)));
  device.last_use = {.at = WallTime(std::chrono::seconds(row.integer(12))),
                     .address = std::string(row.octets(13)),
                     .program = std::string(row.octets(14))};
  if (!row.octets(15).empty())
    device.certificate = {.fingerprint = std::string(row.octets(15)),
                          .until = WallTime(std::chrono::seconds(row.integer(16)))};
  return device;
}

}  // namespace

DeviceTable::DeviceTable(Database& database)
    : database_(database),
      all_(database,
           "SELECT id, name, rights, sender, scram_salt, scram_iterations, device.stored_key, "
           "device.server_key, "
           "scrypt_salt, scrypt_cost, scrypt_hash, created, used, address, program, "
           "coalesce(fingerprint, ''), coalesce(until, 0), "
           "coalesce(device_sha_1.stored_key, x''), coalesce(device_sha_1.server_key, x'') "
           "FROM device LEFT JOIN device_certificate ON device_certificate.device = id "
           "LEFT JOIN device_sha_1 ON device_sha_1.device = id ORDER BY name"),
      find_(database, "SELECT id FROM device WHERE name = ?"),
      owner_(database, "SELECT device FROM device_certificate WHERE fingerprint = ?"),
      has_(database, "SELECT 1 FROM device_certificate WHERE device = ?"),
      add_(database,
           "INSERT INTO device(name, rights, sender, scram_salt, scram_iterations, stored_key, "
           "server_key, scrypt_salt, scrypt_cost, scrypt_hash, created) "
           "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      add_sha_1_(database,
                 "INSERT INTO device_sha_1(device, stored_key, server_key) VALUES(?, ?, ?)"),
      certify_(database,
               "INSERT INTO device_certificate(device, fingerprint, until) VALUES(?, ?, ?)"),
      remove_(database, "DELETE FROM device WHERE id = ?"),
      remove_hidden_(database, "DELETE FROM device_hidden WHERE device = ?"),
      remove_certificate_(database, "DELETE FROM device_certificate WHERE device = ?"),
      remove_sha_1_(database, "DELETE FROM device_sha_1 WHERE device = ?"),
      use_(database, "UPDATE device SET used = ?, address = ?, program = ? WHERE id = ?"),
      hidden_(database,
              "SELECT uid FROM device_hidden WHERE device = ? AND mailbox = ? ORDER BY uid"),
      hide_(database,
            "INSERT OR IGNORE INTO device_hidden SELECT id, ?, ? FROM device WHERE id = ?"),
      forget_(database,
              "DELETE FROM device_hidden WHERE device = ?1 AND mailbox = ?2 AND NOT EXISTS "
              "(SELECT 1 FROM message AS m WHERE m.mailbox = ?2 AND m.uid = device_hidden.uid)") {}

std::vector<Device> DeviceTable::all() {
  std::vector<Device> devices;
  for (auto row = all_(); row.step();) devices.push_back(device_of(row));
  return devices;
}

std::optional<DeviceId> DeviceTable::find(std::string_view name) {
  auto row = find_(name);
  return row.step() ? std::optional(row.id<DeviceId>(0)) : std::nullopt;
}

bool DeviceTable::has_certificate(DeviceId device) {
  auto row = has_(device);
  return row.step();
}

std::optional<DeviceId> DeviceTable::owner_of(std::string_view fingerprint) {
  auto row = owner_(fingerprint);
  return row.step() ? std::optional(row.id<DeviceId>(0)) : std::nullopt;
}

DeviceId DeviceTable::add(const NewDevice& device) {
  const DeviceKeys& keys = device.keys;
  add_(std::string_view(device.name), device.rights, std::string_view(device.sender),
       as_blob(keys.scram_salt), keys.scram_iterations, as_blob(keys.stored_key),
       as_blob(keys.server_key), as_blob(keys.scrypt_salt), keys.scrypt_cost,
       as_blob(keys.scrypt_hash), device.created.time_since_epoch().count())
      .finish();
  const DeviceId id(sqlite3_last_insert_rowid(database_.handle()));
  if (!keys.stored_key_sha_1.empty())
    add_sha_1_(id, as_blob(keys.stored_key_sha_1), as_blob(keys.server_key_sha_1)).finish();
  if (device.certificate) set_certificate(id, *device.certificate);
  return id;
}

void DeviceTable::set_certificate(DeviceId device, const DeviceCertificate& certificate) {
  remove_certificate_(device).finish();
  certify_(device, std::string_view(certificate.fingerprint),
           certificate.until.time_since_epoch().count())
      .finish();
}

bool DeviceTable::remove(std::string_view name) {
  const std::optional<DeviceId> id = find(name);
  if (!id) return false;
  remove_(*id).finish();
  remove_hidden_(*id).finish();
  remove_certificate_(*id).finish();
  remove_sha_1_(*id).finish();
  return true;
}

void DeviceTable::set_use(DeviceId device, const DeviceUse& use) {
  use_(use.at.time_since_epoch().count(), std::string_view(use.address),
       std::string_view(use.program), device)
      .finish();
}

UidSet DeviceTable::hidden(DeviceId device, MailboxId mailbox) {
  UidSet uids;
  for (auto row = hidden_(device, mailbox); row.step();) uids.add(row.id<Uid>(0));
  return uids;
}

void DeviceTable::hide(DeviceId device, MailboxId mailbox, const UidSet& uids) {
  for (const UidSet::Range& range : uids.ranges()) {
    for (Uid uid = range.first;; uid = uid.next()) {
      hide_(mailbox, uid, device).finish();
      if (uid == range.last) break;
    }
  }
}

void DeviceTable::forget_hidden(DeviceId device, MailboxId mailbox) {
  forget_(device, mailbox).finish();
}

}  // namespace postern::store
