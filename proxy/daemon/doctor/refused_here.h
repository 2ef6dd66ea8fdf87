#pragma once

#include <type_traits>
#include <utility>

#include "sync/upstream/refused.h"

namespace postern::daemon::doctor {

/// A refusal that ends the conversation with a server, thrown within it.
struct RefusedHere {
  upstream::Refused why;
};

template <class T>
T value_of(upstream::Answer<T> answer) {
  if (!answer) throw RefusedHere{std::move(answer.error())};
  if constexpr (!std::is_void_v<T>) return std::move(*answer);
}

}  // namespace postern::daemon::doctor
