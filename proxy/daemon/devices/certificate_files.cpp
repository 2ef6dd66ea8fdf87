#include "proxy/daemon/devices/certificate_files.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "proxy/daemon/setup/new_files.h"
#include "sync/base/secret.h"
#include "sync/wire/base64.h"

namespace postern::daemon {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::optional<Problem> put(const fs::path& file, const Secret& text) {
  setup::NewFiles files;
  const auto written = files.make(file, text.reveal());
  if (!written)
    return Problem{written.error().what,
                   "make room, then make another certificate: postern device renew"};
  files.keep();
  return std::nullopt;
}

Secret secret_in(const json& certificate, const char* key) {
  return Secret(certificate.value(key, ""));
}

}  // namespace

const char* CertificateFiles::form_name() const {
  return form == CertificateForm::pem ? "pem" : "pkcs12";
}

fs::path CertificateFiles::file(const char* ending) const {
  return folder / (name + ending);
}

std::optional<Problem> CertificateFiles::obstacle() const {
  for (const char* ending : {".p12", ".pem", ".key"}) {
    std::error_code ignored;
    if (fs::symlink_status(file(ending), ignored).type() != fs::file_type::not_found)
      return Problem{fmt::format("{} is there already", file(ending).string()),
                     "move it away, or name another folder with --folder"};
  }
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return std::nullopt;
  return Problem{fmt::format("cannot write into {}: {}", folder.string(), std::strerror(errno)),
                 "name another folder with --folder"};
}

std::expected<std::string, Problem> CertificateFiles::write(const json& certificate) const {
  if (form == CertificateForm::pem) {
    // The key first: a certificate alone would look like all that is needed.
    if (auto problem = put(file(".key"), secret_in(certificate, "key")))
      return std::unexpected(std::move(*problem));
    if (auto problem = put(file(".pem"), secret_in(certificate, "chain")))
      return std::unexpected(std::move(*problem));
    return fmt::format(
        "  {:<12} {}\n  {:<12} {}\n\nThe key is not encrypted and is nowhere else. Carry both to "
        "the device, and delete them here.\n",
        "Certificate", file(".pem").string(), "Key", file(".key").string());
  }
  const auto octets = wire::base64_decode(certificate.value("pkcs12", ""));
  if (auto problem = put(file(".p12"), Secret(octets.value_or(""))))
    return std::unexpected(std::move(*problem));
  const Secret phrase = secret_in(certificate, "pass_phrase");
  return fmt::format(
      "  {:<12} {}\n  {:<12} {}\n\nThe pass phrase opens that file, and is shown this once. Carry "
      "the file to the device, import it there,\nand delete it here: the key is nowhere else.\n",
      "Certificate", file(".p12").string(), "Pass phrase", phrase.reveal());
}

}  // namespace postern::daemon
