#include "sync/engine/outgoing/stored_envelope.h"

#include <string>
#include <variant>

#include "sync/wire/smtp/command.h"

namespace postern::engine::outgoing {

namespace command = wire::smtp::command;

wire::smtp::Sender sender_of(const store::Submission& submission) {
  const std::string line = "MAIL FROM:<" + submission.sender + ">" + submission.parameters;
  const auto parsed = wire::smtp::parse_command(line, wire::smtp::Charset::utf8);
  if (parsed && std::holds_alternative<command::Mail>(*parsed))
    return std::get<command::Mail>(*parsed).sender;
  wire::smtp::Sender bare;
  bare.address = submission.sender;
  return bare;
}

wire::smtp::Recipient recipient_of(const store::SubmissionRecipient& stored) {
  const std::string line = "RCPT TO:<" + stored.address + ">" + stored.parameters;
  const auto parsed = wire::smtp::parse_command(line, wire::smtp::Charset::utf8);
  if (parsed && std::holds_alternative<command::Rcpt>(*parsed))
    return std::get<command::Rcpt>(*parsed).recipient;
  return {stored.address, {}, ""};
}

std::vector<wire::smtp::Recipient> due_recipients(const store::Submission& submission) {
  std::vector<wire::smtp::Recipient> out;
  for (const store::SubmissionRecipient& recipient : submission.recipients)
    if (recipient.state == store::SubmissionRecipient::State::due)
      out.push_back(recipient_of(recipient));
  return out;
}

}  // namespace postern::engine::outgoing
