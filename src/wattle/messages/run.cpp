#include "wattle/messages/run.h"

namespace wattle::messages {

template const Type& type_of<RunSummary>();
template const Type& type_of<Page<RunSummary>>();
template const Type& type_of<Metric>();
template const Type& type_of<Transition>();
template const Type& type_of<Attempt>();
template const Type& type_of<Dependency>();
template const Type& type_of<RunDetail>();
template const Type& type_of<LogLine>();
template const Type& type_of<Page<LogLine>>();

}  // namespace wattle::messages
