// Writes every text about an account into a folder: samples STATE FOLDER LOGIN ADDRESS PERSON
// PASSWORD.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "proxy/access/settings/autoconfig.h"
#include "proxy/access/settings/autodiscover.h"
#include "proxy/access/settings/dns_sd.h"
#include "proxy/access/settings/mobileconfig.h"
#include "proxy/access/settings/qr_code.h"
#include "sync/net/own_certificate.h"
#include "sync/net/own_signature.h"

namespace settings = postern::access::settings;

namespace {

void write(const std::filesystem::path& file, std::string_view text) {
  std::ofstream(file, std::ios::binary) << text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  const std::filesystem::path state = argv[1];
  const std::filesystem::path folder = argv[2];
  const auto made =
      settings::mail_settings({{settings::Offer::Protocol::imaps, "0.0.0.0:1993"},
                               {settings::Offer::Protocol::submission, "0.0.0.0:1587"}},
                              {"attic7.local", "localhost"}, argv[3], argv[4], argv[5]);
  const auto own = postern::net::own_certificate(state);
  const auto authority = postern::net::own_authority_der(state);
  if (!own || !authority) return 1;
  const auto plist = settings::mobileconfig_plist(made, {postern::Secret(argv[6]), *authority});
  const auto profile = postern::net::signed_by_own_authority(state, plist.reveal());
  const auto code = settings::QrCode::make("https://attic7.local:8143/set-up/abcdefgh");
  if (!profile || !code) return 1;
  write(folder / "autoconfig.xml", settings::autoconfig_xml(made));
  write(folder / "autodiscover.xml", settings::autodiscover_xml(made));
  write(folder / "plain.plist", plist.reveal());
  write(folder / "signed.mobileconfig", *profile);
  write(folder / "avahi.xml", settings::avahi_file(settings::services_of(made)).text);
  write(folder / "code.svg", settings::qr_svg(*code));
  return 0;
}
