#include "sync/wire/imap/grammar.h"

namespace postern::wire::imap::grammar {
namespace {

using command::Fetch;
using command::Opening;

/// `"(" known-sequence-set SP known-uid-set ")"`
std::pair<SequenceSet, SequenceSet> sequence_match(Cursor& in) {
  in.expect('(');
  SequenceSet numbers = plain_sequence_set(in);
  sp(in);
  SequenceSet uids = plain_sequence_set(in);
  in.expect(')');
  if (numbers.count() != uids.count()) in.fail("There are not as many numbers as UIDs");
  return {std::move(numbers), std::move(uids)};
}

command::Known known(Cursor& in) {
  command::Known result;
  sp(in);
  in.expect('(');
  result.uid_validity = nz_number(in);
  sp(in);
  result.mod_seq = mod_sequence(in);
  if (in.accept(' ')) {
    if (in.peek() != '(') result.uids = plain_sequence_set(in);
    if (in.peek() == '(' || (result.uids && in.accept(' '))) result.match = sequence_match(in);
  }
  in.expect(')');
  return result;
}

}  // namespace

SequenceSet plain_sequence_set(Cursor& in) {
  SequenceSet set = sequence_set(in);
  if (set.star() || set.saved()) in.fail("Only numbers may stand here");
  return set;
}

void select_parameters(Cursor& in, Opening& result) {
  in.expect('(');
  do {
    if (in.accept_word("CONDSTORE")) {
      result.cond_store = Opening::CondStore::enabled;
    } else if (!result.known && in.accept_word("QRESYNC")) {
      result.known = known(in);
    } else {
      in.fail("There is no such parameter, or it stands here twice");
    }
  } while (in.accept(' '));
  in.expect(')');
}

void fetch_modifiers(Cursor& in, Fetch& result) {
  const bool by_uid = result.numbers == Numbers::uid;
  in.expect('(');
  do {
    if (!result.changed_since && in.accept_word("CHANGEDSINCE")) {
      sp(in);
      result.changed_since = mod_sequence(in);
    } else if (by_uid && !result.partial && in.accept_word("PARTIAL")) {
      sp(in);
      result.partial = partial_range(in);
    } else if (by_uid && in.accept_word("VANISHED")) {
      result.vanished = Fetch::Vanished::told;
    } else {
      in.fail("There is no such modifier of FETCH, or it stands here twice");
    }
  } while (in.accept(' '));
  in.expect(')');
  if (result.vanished == Fetch::Vanished::told && !result.changed_since)
    in.fail("VANISHED goes with CHANGEDSINCE only");
}

void store_modifiers(Cursor& in, command::Store& result) {
  in.expect('(');
  if (!in.accept_word("UNCHANGEDSINCE")) in.fail("There is no such modifier of STORE");
  sp(in);
  result.unchanged_since = mod_sequence(in);
  in.expect(')');
}

}  // namespace postern::wire::imap::grammar
