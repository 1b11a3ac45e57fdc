-- The tables of module store as the first release made them, with a row in each (SQLite, .dump).
CREATE TABLE counters ( name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT;
INSERT INTO "counters" VALUES('events',2);
CREATE TABLE event_consumers ( name TEXT NOT NULL PRIMARY KEY, acknowledged INTEGER NOT NULL) STRICT;
INSERT INTO "event_consumers" VALUES('mail',1);
CREATE TABLE events ( sequence INTEGER NOT NULL PRIMARY KEY, topic TEXT NOT NULL, project TEXT NOT NULL, actor TEXT NOT NULL, subject TEXT NOT NULL, payload TEXT NOT NULL, at_ns INTEGER NOT NULL) STRICT;
INSERT INTO "events" VALUES(1,'job.state','default','ada','01JD','{"state":"running"}',1764028800000000001);
INSERT INTO "events" VALUES(2,'job.state','default','ada','01JD','{"state":"succeeded"}',1764028800000000002);
CREATE TABLE leases ( name TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, token INTEGER NOT NULL, expires_ns INTEGER NOT NULL) STRICT;
INSERT INTO "leases" VALUES('server','host-a',3,1764028815000000000);
CREATE TABLE schema_migrations ( module TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, program TEXT NOT NULL, applied_at_ns INTEGER NOT NULL, PRIMARY KEY (module, number)) STRICT;
INSERT INTO "schema_migrations" VALUES('store',1,'events, timers, leases, segments, counters','fba9d4046b4a9152a6b5434b973011d77b9ff82931ce78f23063f9b4b5b10b4b','0.2.0',1764028800000000000);
CREATE TABLE segments ( run TEXT NOT NULL, attempt INTEGER NOT NULL, role TEXT NOT NULL, node TEXT NOT NULL, boot TEXT NOT NULL, sequence INTEGER NOT NULL, position INTEGER NOT NULL, records INTEGER NOT NULL, complete INTEGER NOT NULL, PRIMARY KEY (run, attempt, role, node, boot, sequence)) STRICT;
INSERT INTO "segments" VALUES('01JD',1,'usage','host-a','00000000-0000-4000-8000-000000000001',1,4096,40,0);
CREATE TABLE timers ( name TEXT NOT NULL PRIMARY KEY, due_ns INTEGER NOT NULL, payload TEXT NOT NULL) STRICT;
INSERT INTO "timers" VALUES('job.retry/01JD',1764028900000000000,'{}');
CREATE INDEX timers_by_due ON timers (due_ns, name);
