#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/report.h"

namespace postern::config {

class Taken;

// One function for each group of keys; what is wrong goes to the report, the rest comes back.

[[nodiscard]] Listen read_listen(Report& report, const Node& node, Taken& taken);
[[nodiscard]] std::optional<TlsFiles> read_tls(Report& report, const Node& node);
[[nodiscard]] std::vector<Account> read_accounts(Report& report, const Node& node);
[[nodiscard]] Source read_source(Report& report, const Node& node, const std::string& path);
[[nodiscard]] Outgoing read_outgoing(Report& report, const Node& node, const std::string& path,
                                     const std::vector<Source>& sources);
/// After the faces, which hold their addresses, and the accounts: a relay may sign in for some.
[[nodiscard]] std::vector<Relay> read_relays(Report& report, const Node& node,
                                             const std::vector<Account>& accounts, Taken& taken);
[[nodiscard]] std::vector<RelayLogin> read_relay_logins(Report& report, const Node& node,
                                                        const std::string& path, const Relay& relay,
                                                        const std::vector<Account>& accounts);
/// The profiles of the file, the built-in ones behind them.
[[nodiscard]] std::vector<ClientProfile> read_clients(Report& report, const Node& node);
[[nodiscard]] DeviceSettings read_devices(Report& report, const Node& node);
[[nodiscard]] LimitSettings read_limits(Report& report, const Node& node);
void read_log(Report& report, const Node& node, Config& config);

}  // namespace postern::config
