package io.orizuru.db;

import io.orizuru.files.Trees;
import io.orizuru.secret.Secret;
import io.orizuru.socket.SocketPlace;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * A PostgreSQL server of the program's own, in the data directory:
 *
 * <pre>
 * lock                  held while a server uses the directory
 * postgres/18.6         the programs
 * postgres/cluster-18   the data, with checksums, owned by whom the database runs as
 * postgres/password     of its superuser
 * postgres/socket       the directory of the one socket that it listens on, for its user alone
 * postgres/server.log   and server.log.1, 8 MiB at most each
 * </pre>
 *
 * Nobody on the network reaches it, and nobody can take its place: who is not its user, or root, can neither connect to the
 * socket nor make another one there. Where the path of the data directory is too long for a socket, see {@link SocketPlace}.
 *
 * <p>It comes back by itself when it dies. When the program is killed it is stopped by a watcher, which waits for that and
 * nothing else; the next start ends what is left of it before it starts anew, so that nothing that was committed is lost.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(EmbeddedPostgres.class);
    private static final String USER = "orizuru";
    private static final String DATABASE = "orizuru";

    /** The socket's name, to PostgreSQL a port. */
    private static final String PORT = "5432";

    private static final String SOCKET = ".s.PGSQL." + PORT;

    /**
     * Becomes the server; what stays is a watcher that reads from the program's pipe until there is nobody at the other end,
     * and then stops the server: fast, and if that is of no use as by force. A number that was used again is not touched: the
     * start of a process tells it from all others.
     */
    private static final String WATCHED = """
            exec 3<&0 </dev/null
            read -r line <"/proc/$$/stat"
            set_start() { shift 19; start=$1; }
            set_start ${line##*) }
            there() {
                read -r line 2>/dev/null <"/proc/$$/stat" || return 1
                begun=$start
                set_start ${line##*) }
                now=$start
                start=$begun
                [ "$now" = "$begun" ]
            }
            stop() {
                there && kill -"$1" $$
                left=$2
                while there && [ "$left" -gt 0 ]; do
                    sleep 0.2
                    left=$((left - 1))
                done
            }
            ( (
                read -r line <&3
                stop INT 150
                stop QUIT 50
                stop KILL 10
            ) & )
            exec 3<&-
            exec "$@"
            """;

    /** There on every Linux, for mounts of the moment. */
    private static final Path ELSEWHERE = Path.of("/mnt");

    private static final Duration INIT_LIMIT = Duration.ofMinutes(2);
    /** Long, because a crash may have left much to replay. */
    private static final Duration START_LIMIT = Duration.ofMinutes(5);

    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(10);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    /** Between two starts; one that lived longer was a good one. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private static final Duration LOG_CHECK = Duration.ofSeconds(30);
    private static final long LOG_BYTES = 8L * 1024 * 1024;

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final FileAttribute<?> OWNER_ONLY_FILE = PosixFilePermissions.asFileAttribute(OWNER_ONLY);
    private static final Set<PosixFilePermission> TRAVERSABLE = PosixFilePermissions.fromString("rwx--x--x");

    private final Path home;
    private final Path cluster;
    private final DataLock lock;
    private final PostgresUser user;
    private final String password;
    private final Path sockets;

    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final Thread supervisor;
    private volatile boolean closing;
    /** Whether the database's user gets {@link #home} at {@link #ELSEWHERE}; only the supervisor's thread asks. */
    private boolean elsewhere;

    private EmbeddedPostgres(Path data, DataLock lock) throws IOException {
        this.home = data.resolve("postgres");
        this.cluster = home.resolve("cluster-" + PostgresBinaries.VERSION.replaceFirst("\\..*", ""));
        this.lock = lock;
        Files.createDirectories(home);
        this.user = PostgresUser.forCluster(cluster);
        if (user.drop()) {
            Files.setPosixFilePermissions(home, TRAVERSABLE);
        }
        this.password = password(home.resolve("password"));
        this.sockets = sockets(home);
        this.supervisor = Thread.ofPlatform().name("postgres").daemon().unstarted(this::supervise);
    }

    /**
     * Takes the data directory and starts the database in the background; returns at once.
     *
     * @param data an existing directory
     * @throws DatabaseStartException if another server uses the directory or it cannot be used
     */
    public static EmbeddedPostgres start(Path data) {
        DataLock lock = DataLock.take(data);
        try {
            EmbeddedPostgres postgres = new EmbeddedPostgres(data, lock);
            postgres.supervisor.start();
            return postgres;
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e instanceof DatabaseStartException known
                    ? known
                    : new DatabaseStartException("the database directory in " + data + " cannot be used: " + e, e);
        }
    }

    /**
     * How to reach the one that another process runs on a data directory.
     *
     * @throws DatabaseStartException if its password cannot be read
     */
    public static DatabaseAccess accessOfRunning(Path data) {
        Path home = data.resolve("postgres");
        try {
            return access(
                    sockets(home), Files.readString(home.resolve("password")).strip());
        } catch (IOException e) {
            throw new DatabaseStartException("how to reach the database in " + home + " cannot be read", e);
        }
    }

    private static DatabaseAccess access(Path sockets, String password) {
        return DatabaseAccess.overSocket(sockets.resolve(SOCKET), DATABASE, USER, new Secret(password));
    }

    private static Path sockets(Path home) throws IOException {
        return SocketPlace.directory(home.resolve("socket"), SOCKET + ".lock");
    }

    /** How to reach it; connections are accepted once it is {@linkplain #awaitReady ready}. */
    public DatabaseAccess access() {
        return access(sockets, password);
    }

    /**
     * Waits until connections are accepted for the first time.
     *
     * @throws DatabaseStartException if the start failed
     */
    public void awaitReady() {
        try {
            ready.get(INIT_LIMIT.plus(START_LIMIT).toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof DatabaseStartException known
                    ? known
                    : new DatabaseStartException("the embedded database cannot be started: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new DatabaseStartException("the embedded database did not start in time; see " + logFile(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DatabaseStartException("interrupted while the embedded database started", e);
        }
    }

    /** Stops it, ending open transactions, and gives the directory back. */
    @Override
    public void close() {
        closing = true;
        supervisor.interrupt();
        try {
            supervisor.join(STOP_LIMIT.plus(KILL_LIMIT).plusSeconds(5));
            if (supervisor.isAlive()) {
                LOG.errorf("PostgreSQL does not end; its data directory is %s", cluster);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.close();
        }
    }

    private void supervise() {
        try {
            Path programs = prepare();
            Duration pause = FIRST_PAUSE;
            while (!closing) {
                long begun = System.nanoTime();
                try {
                    runOnce(programs);
                } catch (IOException | RuntimeException e) {
                    if (!ready.isDone()) {
                        throw e;
                    }
                    LOG.errorf(e, "PostgreSQL cannot be started again; the next try is in %d ms", pause.toMillis());
                }
                if (System.nanoTime() - begun > LONGEST_PAUSE.toNanos()) {
                    pause = FIRST_PAUSE;
                }
                Thread.sleep(pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        } catch (InterruptedException e) {
            // Closing: that is what the interrupt says.
        } catch (IOException | RuntimeException | Error e) {
            if (!ready.completeExceptionally(e) && !closing) {
                LOG.error("PostgreSQL cannot be started again", e);
            }
        } finally {
            ready.completeExceptionally(new DatabaseStartException("the embedded database was stopped"));
            stop();
        }
    }

    /** Starts it, after what is left of it was ended, and waits for its end. */
    private void runOnce(Path programs) throws IOException, InterruptedException {
        endLeftovers();
        makeSocketDirectory();
        Process postmaster = launch(programs);
        if (awaitAccepting(postmaster)) {
            if (!ready.complete(null)) {
                LOG.info("PostgreSQL is back");
            }
            awaitEnd(postmaster);
        } else if (!ready.isDone()) {
            throw new DatabaseStartException("PostgreSQL ended while it started: " + endOfLog());
        }
        LOG.errorf("PostgreSQL ended with code %d; it is started again", postmaster.exitValue());
    }

    private Path prepare() throws IOException, InterruptedException {
        makeReachable();
        Path programs = PostgresBinaries.unpackInto(home);
        if (!Files.exists(cluster)) {
            initialize(programs);
        }
        return programs;
    }

    /**
     * A user other than root must be able to walk down to its data. Below a closed directory, such as root's home, it
     * gets the data at another place, in a mount namespace of its own.
     */
    private void makeReachable() throws IOException, InterruptedException {
        if (!user.drop() || reachable(home)) {
            return;
        }
        elsewhere = true;
        if (reachable(home)) {
            return;
        }
        elsewhere = false;
        Path closed = home;
        for (Path parent = home; parent != null && !reachable(parent); parent = parent.getParent()) {
            closed = parent;
        }
        throw new DatabaseStartException("the database runs as the user with the id " + user.uid()
                + ", who cannot enter " + closed + "; allow it (chmod o+x) or choose another --data");
    }

    private boolean reachable(Path directory) throws IOException, InterruptedException {
        return Commands.succeeds(asUser(List.of("test", "-x", seen(directory))), KILL_LIMIT);
    }

    /** The command, run as the database's user; paths in it are as that user {@linkplain #seen sees} them. */
    private List<String> asUser(List<String> command) {
        List<String> result = new ArrayList<>();
        if (elsewhere) {
            result.addAll(List.of("unshare", "--mount", "--propagation", "private", "sh", "-c"));
            result.addAll(List.of("mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"", "sh"));
            result.addAll(List.of(home.toString(), ELSEWHERE.toString()));
        }
        result.addAll(user.command(command));
        return result;
    }

    private String seen(Path path) {
        return (elsewhere && path.startsWith(home) ? ELSEWHERE.resolve(home.relativize(path)) : path).toString();
    }

    /** Makes the cluster beside its place and renames it, so that an interrupted one is never taken for a whole one. */
    private void initialize(Path programs) throws IOException, InterruptedException {
        Path draft = home.resolve(cluster.getFileName() + ".new");
        Path passwordFile = home.resolve("password.new");
        Trees.delete(draft);
        Files.deleteIfExists(passwordFile);
        Files.createDirectory(
                draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        user.own(draft);
        try {
            Files.createFile(passwordFile, OWNER_ONLY_FILE);
            Files.writeString(passwordFile, password);
            user.own(passwordFile);
            Commands.run(
                    asUser(List.of(
                            seen(programs.resolve("bin/initdb")),
                            "--pgdata=" + seen(draft),
                            "--username=" + USER,
                            "--pwfile=" + seen(passwordFile),
                            "--auth=scram-sha-256",
                            "--data-checksums",
                            "--encoding=UTF8",
                            "--locale=C",
                            "--locale-provider=builtin",
                            "--builtin-locale=C.UTF-8",
                            "--no-instructions")),
                    INIT_LIMIT);
        } finally {
            Files.deleteIfExists(passwordFile);
        }
        Commands.run(
                asUser(List.of(seen(programs.resolve("bin/postgres")), "--single", "-D", seen(draft), "postgres")),
                "CREATE DATABASE " + DATABASE + "\n",
                INIT_LIMIT);
        Files.move(draft, cluster, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel directory = FileChannel.open(home)) {
            directory.force(true);
        }
    }

    /** Empty: a file that says who has the socket may name a process that is now somebody else's. */
    private void makeSocketDirectory() throws IOException {
        SocketPlace.make(sockets, user.uid());
        user.own(sockets);
        Files.deleteIfExists(sockets.resolve(SOCKET));
        Files.deleteIfExists(sockets.resolve(SOCKET + ".lock"));
    }

    private Process launch(Path programs) throws IOException {
        List<String> command = new ArrayList<>();
        // A session of its own: the terminal's Ctrl-C is for the program, which stops the database last.
        command.addAll(List.of("setsid", "sh", "-c", WATCHED, "sh"));
        command.addAll(asUser(List.of(seen(programs.resolve("bin/postgres")), "-D", seen(cluster))));
        for (String setting : List.of(
                "listen_addresses=",
                "port=" + PORT,
                "unix_socket_directories=" + listEntry(seen(sockets)),
                "unix_socket_permissions=0600",
                "max_connections=60",
                "shared_buffers=32MB",
                "huge_pages=off",
                "max_wal_size=256MB",
                "min_wal_size=32MB",
                "wal_level=minimal",
                "max_wal_senders=0",
                "fsync=on",
                "full_page_writes=on",
                "synchronous_commit=on",
                "io_method=sync",
                "max_parallel_workers=0",
                "jit=off",
                "log_timezone=UTC",
                "timezone=UTC",
                "log_line_prefix=%m [%p] ",
                "cluster_name=orizuru")) {
            command.add("-c");
            command.add(setting);
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
        // The server needs none of our variables, some of which are secret.
        builder.environment().keySet().removeIf(name -> !name.equals("PATH"));
        return builder.start();
    }

    private boolean awaitAccepting(Process postmaster) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (postmaster.isAlive() && System.nanoTime() < deadline) {
            List<String> lines = pidFile();
            // pid, directory, start time, port, socket directory, address, shared memory, status
            if (lines.size() > 7
                    && lines.getFirst().equals(String.valueOf(postmaster.pid()))
                    && lines.get(7).strip().equals("ready")) {
                return true;
            }
            Thread.sleep(POLL);
        }
        return false;
    }

    private void awaitEnd(Process postmaster) throws IOException, InterruptedException {
        while (!postmaster.waitFor(LOG_CHECK.toMillis(), TimeUnit.MILLISECONDS)) {
            if (Files.size(logFile()) > LOG_BYTES) {
                // Copied, not renamed: the server keeps appending to the file that it has open.
                Files.copy(logFile(), home.resolve("server.log.1"), StandardCopyOption.REPLACE_EXISTING);
                FileChannel.open(logFile(), StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)
                        .close();
            }
        }
    }

    private List<String> pidFile() throws IOException {
        try {
            return Files.readAllLines(cluster.resolve("postmaster.pid"));
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private void stop() {
        try {
            // The interrupt has done its work; the waits below need a thread without one.
            boolean interrupted = Thread.interrupted();
            endLeftovers();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("PostgreSQL cannot be stopped", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Ends every process of this cluster. While the directory is ours, such a process is our own or was left behind by a
     * killed program, or by a killed postmaster whose children have not noticed yet.
     */
    private void endLeftovers() throws IOException, InterruptedException {
        List<ProcessHandle> mine = processes();
        signal(mine, "INT");
        if (!awaitGone(STOP_LIMIT)) {
            LOG.errorf("PostgreSQL does not stop within %d s; it is made to", STOP_LIMIT.toSeconds());
            signal(processes(), "QUIT");
            if (!awaitGone(KILL_LIMIT)) {
                throw new DatabaseStartException(
                        "an earlier PostgreSQL on " + cluster + " does not end: " + processes());
            }
        }
        forgetStrangersPid();
    }

    private boolean awaitGone(Duration limit) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!processes().isEmpty()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            Thread.sleep(POLL);
        }
        return true;
    }

    /** The postmaster alone is told; it tells its children, and only those without one are told themselves. */
    private void signal(List<ProcessHandle> processes, String signal) throws IOException, InterruptedException {
        Set<Long> pids = new HashSet<>();
        processes.forEach(process -> pids.add(process.pid()));
        for (ProcessHandle process : processes) {
            boolean hasPostmaster =
                    process.parent().map(parent -> pids.contains(parent.pid())).orElse(false);
            if (!hasPostmaster) {
                Commands.succeeds(
                        List.of("sh", "-c", "kill -" + signal + " \"$1\"", "sh", "" + process.pid()), KILL_LIMIT);
            }
        }
    }

    /** Every process whose working directory is the cluster: PostgreSQL's, and nobody else's, are there. */
    private List<ProcessHandle> processes() {
        return ProcessHandle.allProcesses().filter(this::worksHere).toList();
    }

    private boolean worksHere(ProcessHandle process) {
        Path directory = Path.of("/proc", String.valueOf(process.pid()), "cwd");
        try {
            return Files.isSameFile(directory, cluster);
        } catch (IOException e) {
            return false; // It ended, or it is not ours to look at.
        }
    }

    /** After a restart of the machine the recorded pid may be somebody else's, and PostgreSQL would not dare to start. */
    private void forgetStrangersPid() throws IOException {
        Path file = cluster.resolve("postmaster.pid");
        List<String> lines = pidFile();
        if (!lines.isEmpty()
                && lines.getFirst().matches("[0-9]{1,10}")
                && ProcessHandle.of(Long.parseLong(lines.getFirst())).isPresent()) {
            Files.deleteIfExists(file);
        }
    }

    private Path logFile() {
        return home.resolve("server.log");
    }

    private String endOfLog() throws IOException {
        List<String> lines = Files.readAllLines(logFile());
        return String.join("; ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    }

    private static String password(Path file) throws IOException {
        if (Files.exists(file)) {
            return Files.readString(file).strip();
        }
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        String password = HexFormat.of().formatHex(random);
        Path draft = Files.createTempFile(file.toAbsolutePath().getParent(), "password", ".draft", OWNER_ONLY_FILE);
        Files.writeString(draft, password);
        try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        return password;
    }

    /** A path as one entry of a list in PostgreSQL's settings. */
    private static String listEntry(String path) {
        return "\"" + path.replace("\"", "\"\"") + "\"";
    }

    @Override
    public String toString() {
        return "PostgreSQL " + PostgresBinaries.VERSION + " in " + home;
    }
}
