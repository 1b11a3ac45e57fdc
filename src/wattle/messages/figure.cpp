#include "wattle/messages/figure.h"

namespace wattle::messages {

template const Type& type_of<Figure>();

}  // namespace wattle::messages
