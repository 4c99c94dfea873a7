package io.orizuru.doctor;

import io.orizuru.config.Settings;
import io.orizuru.db.Database;
import io.orizuru.disk.Disk;
import io.orizuru.disk.Disks;
import io.orizuru.files.OwnedFile;
import io.orizuru.provision.process.Premises;
import io.orizuru.secret.UndecipherableException;
import io.orizuru.secret.Vault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The data directory and the processes of this machine beside what is on record. Apps on which something runs are left out. */
final class World implements Check {
    private static final String ENGINE = "process";

    private final Settings settings;
    private final Path data;
    private final Premises premises;
    private final Database database;
    private final Vault vault;

    World(Settings settings, Database database, Vault vault) {
        this.settings = settings;
        this.data = settings.data();
        this.premises = new Premises(data.resolve("units"));
        this.database = database;
        this.vault = vault;
    }

    @Override
    public List<Finding> look() {
        List<Finding> findings = new ArrayList<>();
        Set<String> busy = Records.busy(database);
        Set<String> apps = new HashSet<>(
                database.sql("select name from app").query(String.class).list());
        premises.apps().stream()
                .filter(app -> !apps.contains(app) && !busy.contains(app))
                .forEach(app -> findings.add(new Finding(
                        Invariant.APP_ON_RECORD, "app/" + app, "it has a directory, but there is no such app")));
        units(busy, findings);
        builds(busy, findings);
        premises.leftOvers().stream()
                .filter(left -> !busy.contains(left.app()))
                .forEach(left -> findings.add(
                        new Finding(Invariant.NOTHING_HALF_DONE, shown(left.path()), "it is " + left.what())));
        premises.removed()
                .forEach(left -> findings.add(new Finding(
                        Invariant.REMOVED_IS_GONE,
                        shown(left.path()),
                        "it was removed with something of the app " + left.app() + ", and is there still: "
                                + left.what())));
        if (busy.isEmpty()) {
            premises.groupsOfNobody()
                    .forEach(group -> findings.add(new Finding(
                            Invariant.GROUP_IN_USE, "group/" + group, "it belongs to no unit and no build")));
            premises.portsOfNobody()
                    .forEach(port -> findings.add(
                            new Finding(Invariant.NOTHING_HALF_DONE, shown(port), "the port is reserved for no unit")));
            premises.addressesOfNobody()
                    .forEach(address -> findings.add(new Finding(
                            Invariant.NOTHING_HALF_DONE,
                            "address/" + address,
                            "it is taken for no unit and no build, with its network if there is one")));
        }
        uploads(findings);
        for (Disk disk : Disks.of(settings)) {
            // How much there is changes from look to look; a finding must not.
            if (disk.problem(settings.diskReserve()) != null) {
                findings.add(new Finding(
                        Invariant.DISK_HAS_ROOM,
                        "disk/" + disk.path(),
                        "it has less room than is to stay free (setting disk.reserve-mib): remove apps or versions"));
            }
        }
        return findings;
    }

    private void units(Set<String> busy, List<Finding> findings) {
        Map<String, String> recorded = new HashMap<>();
        database.sql("select id, app from unit where provisioner = :engine")
                .param("engine", ENGINE)
                .query(row -> {
                    recorded.put(row.getString("id"), row.getString("app"));
                });
        Set<String> living = new HashSet<>();
        Set<String> there = new HashSet<>();
        for (Premises.UnitPlace unit : premises.units()) {
            there.add(unit.id());
            if (unit.lives()) {
                living.add(unit.id());
            }
            // An operation may end while old units still go away.
            if (!recorded.containsKey(unit.id()) && !unit.leaving() && !busy.contains(unit.app())) {
                findings.add(new Finding(
                        Invariant.UNIT_ON_RECORD,
                        "unit/" + unit.id(),
                        "it has a directory" + (unit.lives() ? " and a process" : "") + ", but is not on record"));
            }
        }
        recorded.forEach((id, app) -> {
            if (!living.contains(id) && !busy.contains(app)) {
                String problem =
                        there.contains(id) ? "its process does not live" : "it has no directory and no process";
                findings.add(new Finding(Invariant.UNIT_RUNS, "unit/" + id, "it is on record, but " + problem));
            }
        });
        for (Premises.Worker worker : premises.strays()) {
            if (!busy.contains(worker.app())) {
                findings.add(new Finding(
                        Invariant.UNIT_ON_RECORD,
                        "process/" + worker.pid(),
                        "it works in " + shown(worker.place()) + ", where no unit is"));
            }
        }
    }

    private void builds(Set<String> busy, List<Finding> findings) {
        Set<Premises.BuildPlace> there = new HashSet<>(premises.builds());
        Set<Premises.BuildPlace> recorded = new HashSet<>();
        // A version that nobody may go back to may have its build still: people disable versions and allow them again.
        Set<Premises.BuildPlace> disabled = new HashSet<>();
        database.sql("select app, number, disabled from version").query(row -> {
            (row.getBoolean("disabled") ? disabled : recorded)
                    .add(new Premises.BuildPlace(row.getString("app"), row.getInt("number")));
        });
        there.stream()
                .filter(build -> !recorded.contains(build) && !disabled.contains(build) && !busy.contains(build.app()))
                .forEach(build -> findings.add(new Finding(
                        Invariant.BUILD_OF_VERSION,
                        "app/" + build.app(),
                        "the build v" + build.version() + " is there, but belongs to no version")));
        recorded.stream()
                .filter(version -> !there.contains(version) && !busy.contains(version.app()))
                .forEach(version -> findings.add(new Finding(
                        Invariant.VERSION_BUILT,
                        "app/" + version.app(),
                        "its version " + version.version() + " may run, but its build is not there")));
    }

    /** Archives that neither a version nor a deploy under way names, and uploads: those of a living server are its own business. */
    private void uploads(List<Finding> findings) {
        Set<String> wanted = archivesUnderWay();
        wanted.addAll(
                database.sql("select archive from version").query(String.class).list());
        OwnedFile.abandoned(data.resolve("archives")).stream()
                .filter(file -> !wanted.contains(file.getFileName().toString()))
                .forEach(file -> findings.add(
                        new Finding(Invariant.NOTHING_HALF_DONE, shown(file), "no deploy waits for the archive")));
        OwnedFile.abandoned(data.resolve("git"))
                .forEach(directory -> findings.add(
                        new Finding(Invariant.NOTHING_HALF_DONE, shown(directory), "no deploy fetches into it")));
        OwnedFile.abandoned(data.resolve("uploads"))
                .forEach(file -> findings.add(
                        new Finding(Invariant.NOTHING_HALF_DONE, shown(file), "no request waits for the upload")));
    }

    /** The files of the directory whose names stand in a change that is under way, whatever kind of change it is. */
    private Set<String> archivesUnderWay() {
        StringBuilder changes = new StringBuilder();
        database.sql("select id, change from event where running and change is not null")
                .query(row -> {
                    String id = row.getString("id");
                    try {
                        changes.append(vault.decrypt(row.getBytes("change"), "event/" + id + "/change"))
                                .append('\n');
                    } catch (UndecipherableException e) {
                        // Secrets tells of it.
                    }
                });
        Set<String> wanted = new HashSet<>();
        Path archives = data.resolve("archives");
        if (!Files.isDirectory(archives)) {
            return wanted;
        }
        try (Stream<Path> files = Files.list(archives)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> changes.indexOf("\"" + name + "\"") >= 0)
                    .forEach(wanted::add);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + archives, e);
        }
        return wanted;
    }

    private String shown(Path path) {
        Path root = data.toAbsolutePath().normalize();
        return path.startsWith(root) ? root.relativize(path).toString() : path.toString();
    }
}
