#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "sync/store/database.h"

namespace postern::store {

/// Whether a file that is not there is made: only when an account is opened. One that vanished
/// while it was in use must not come back as an empty one.
enum class Missing { create, fail };

/// Opens the account's file for its writer: creates it (mode 0600), or checks that it is ours and
/// takes it to the newest schema, one transaction a version.
///
/// Throws StoreFailure: `newer` for a file of a later release, `corrupt` for one that is damaged,
/// ForeignFile for one that is not ours. Such files are left as they are.
[[nodiscard]] std::unique_ptr<Database> open_for_writing(const std::filesystem::path& file,
                                                         Missing missing);

/// Of files that are not opened to be written as an account's: backups, and what is looked at.
inline constexpr std::int64_t application_id = 0x506f7374;  // "Post"
[[nodiscard]] std::int64_t newest_schema();
/// The version of the schema in the file, 0 for one as created. Throws as open_for_writing() does.
[[nodiscard]] std::int64_t schema_of(Database& database);
/// Of a file with such a schema.
[[nodiscard]] StoreFailure later_schema(const std::filesystem::path& file, std::int64_t version);
/// Takes a file from the schema that it has to the newest one, a transaction for each version.
void renew_schema(Database& database);
/// Makes the tables of the newest schema, within the transaction at hand. It is no account's file
/// until `application_id` is set.
void make_tables(Database& database);

/// Tables of the search index and of listed fields, which are made again from the bodies: neither
/// backed up nor saved.
inline constexpr std::array<std::string_view, 5> tables_made_again = {
    "search_index", "search_fields", "search_text", "listed_fields", "listed_fields_complete"};

class ForeignFile : public StoreFailure {
 public:
  using StoreFailure::StoreFailure;
};

/// How the octets of a body are cut: each chunk but the last of the header and the last of the text
/// holds so many. Part of the file format.
inline constexpr std::uint64_t chunk_octets = 128 * 1024;
/// A chunk's key is its body's id shifted left by so many bits, plus its number.
inline constexpr int chunk_bits = 20;

}  // namespace postern::store
