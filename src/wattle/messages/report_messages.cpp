#include "wattle/messages/backup.h"
#include "wattle/messages/comparison.h"
#include "wattle/messages/energy_report.h"
#include "wattle/messages/event.h"
#include "wattle/messages/sweep.h"

namespace wattle::messages {

template const Type& type_of<EnergyReport>();
template const Type& type_of<ComparedRun>();
template const Type& type_of<Comparison>();
template const Type& type_of<Event>();
template const Type& type_of<Page<Event>>();
template const Type& type_of<SweepRequest>();
template const Type& type_of<SweptCount>();
template const Type& type_of<RemovedCounts>();
template const Type& type_of<KeptCounts>();
template const Type& type_of<SweepReport>();
template const Type& type_of<ArtifactProblem>();
template const Type& type_of<VerificationReport>();
template const Type& type_of<BackupRequest>();
template const Type& type_of<BackupReport>();
template const Type& type_of<RestoreReport>();

}  // namespace wattle::messages
