#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include <fmt/format.h>

#include "config/load.h"
#include "config/values.h"
#include "proxy/daemon/devices/device_command.h"
#include "proxy/daemon/devices/device_words.h"

namespace postern::daemon {
namespace {

CLI::App* add_command(CLI::App& device, std::filesystem::path& config_file, const char* name,
                      const char* purpose) {
  CLI::App* command = device.add_subcommand(name, purpose);
  command
      ->add_option("--config", config_file,
                   "the configuration; default: " + config::default_file().string())
      ->type_name("FILE");
  return command;
}

}  // namespace

DeviceCommandLine::DeviceCommandLine(CLI::App& app, std::filesystem::path& config_file)
    : device_(app.add_subcommand(
          "device",
          "Passwords or certificates of their own for phones, laptops and scanners: add, list, "
          "renew, revoke")) {
  device_->require_subcommand(1);
  CLI::App* add = add_command(*device_, config_file, "add",
                              "Make a password, shown once, or a certificate for one device, and "
                              "tell what to type into it; it logs in as ACCOUNT/NAME");
  add->add_option("account", wish_.account, "whose mail it is for")
      ->type_name("ACCOUNT")
      ->required();
  add->add_option("name", wish_.name, "as you call it: phone, laptop, scanner")
      ->type_name("NAME")
      ->required();
  add->add_option("--rights", rights_,
                  "full (default), read-only: it changes nothing, or send-only: it sends, from one "
                  "address, and sees no mail")
      ->type_name("RIGHTS")
      ->check(CLI::IsMember({"full", "read-only", "send-only"}));
  add->add_option("--sender", wish_.sender, "the address that a send-only device sends from")
      ->type_name("ADDRESS");

  CLI::Option* certificate = add->add_flag(
      "--certificate", certificate_, "a certificate instead of a password: made here, in a file");
  add_proof(*add);
  add->get_option("--fingerprint")->excludes(certificate);
  for (const char* of_files : {"--pem", "--folder"}) add->get_option(of_files)->needs(certificate);

  CLI::App* renew = add_command(*device_, config_file, "renew",
                                "Give a device another certificate; the one it has logs in nowhere "
                                "any more, and its connections end");
  renew->add_option("account", wish_.account, "whose device it is")
      ->type_name("ACCOUNT")
      ->required();
  renew->add_option("name", wish_.name, "which")->type_name("NAME")->required();
  add_proof(*renew);
  for (const char* of_files : {"--pem", "--folder"})
    renew->get_option("--fingerprint")->excludes(renew->get_option(of_files));

  CLI::App* list = add_command(*device_, config_file, "list",
                               "Show devices: rights, password or certificate, last use, address "
                               "and program");
  list->add_option("account", wish_.account, "only of this one")->type_name("ACCOUNT");
  list->add_flag("--json", json_, "for programs");

  CLI::App* revoke =
      add_command(*device_, config_file, "revoke",
                  "Take a device's password or certificate away; its connections end "
                  "at once");
  revoke->add_option("account", wish_.account, "whose device it is")
      ->type_name("ACCOUNT")
      ->required();
  revoke->add_option("name", wish_.name, "which")->type_name("NAME")->required();
}

void DeviceCommandLine::add_proof(CLI::App& command) {
  command
      .add_option("--fingerprint", proof_.fingerprint,
                  "of a certificate that the device has: SHA256: and 64 hex digits, as "
                  "\"openssl x509 -fingerprint -sha256\" prints them")
      ->type_name("SHA256")
      ->check(CLI::Validator(
          [](std::string& text) {
            const auto known = config::certificate_pin(text);
            return known ? "" : fmt::format("{}; {}", known.error().what, known.error().advice);
          },
          ""));
  command.add_flag(
      "--pem", pem_,
      "PEM files, their key not encrypted, instead of one PKCS#12 file with a pass phrase");
  command.add_option("--folder", proof_.folder, "where the files go; default: the current folder")
      ->type_name("FOLDER")
      ->check(CLI::ExistingDirectory);
}

DeviceProof DeviceCommandLine::proof() const {
  DeviceProof proof = proof_;
  if (certificate_ || !proof.fingerprint.empty()) proof.kind = DeviceProof::Kind::certificate;
  if (pem_) proof.form = CertificateForm::pem;
  return proof;
}

std::optional<int> DeviceCommandLine::run(const std::filesystem::path& config_file) const {
  if (device_->got_subcommand("add")) {
    DeviceWish wish = wish_;
    wish.rights = rights_from(rights_).value_or(store::DeviceRights::full);
    return device_add_command(config_file, wish, proof());
  }
  if (device_->got_subcommand("renew")) return device_renew_command(config_file, wish_, proof());
  if (device_->got_subcommand("list"))
    return device_list_command(config_file, wish_.account,
                               json_ ? StatusForm::json : StatusForm::text);
  if (device_->got_subcommand("revoke"))
    return device_revoke_command(config_file, wish_.account, wish_.name);
  return std::nullopt;
}

}  // namespace postern::daemon
