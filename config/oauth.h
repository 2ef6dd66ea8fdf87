#pragma once

#include <optional>
#include <string_view>

#include "config/config.h"
#include "config/fields.h"

namespace postern::config {

/// Where one provider signs people in, as the built-in list knows it. The views live as long as the
/// program.
struct OAuthPreset {
  std::string_view provider;
  std::string_view authorization;
  std::string_view token;
  std::string_view device;  ///< empty: no sign-in by code
  std::string_view scope;
};

/// `provider` is the id of a Preset.
[[nodiscard]] std::optional<OAuthPreset> oauth_preset(std::string_view provider);

/// The map `oauth:` of a source; what it leaves out comes from the preset of `provider`, if there
/// is one.
[[nodiscard]] std::optional<OAuth> read_oauth(Report& report, Fields& fields,
                                              std::string_view provider);

}  // namespace postern::config
