package io.orizuru;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.orizuru.disk.Disk;
import io.orizuru.disk.Disks;
import io.orizuru.files.Room;
import io.orizuru.server.HealthCheck;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Whether there is room on the disks of the data; how much, as metrics. */
@ApplicationScoped
class DiskHealth implements HealthCheck {
    private final Disks disks;

    DiskHealth(Disks disks) {
        this.disks = disks;
    }

    @Override
    public String name() {
        return "disk";
    }

    @Override
    public List<String> problems() {
        return disks.problems();
    }

    /** After what makes the directories. */
    void start(@Observes StartupEvent started, MeterRegistry registry) {
        for (Disk disk : disks.all()) {
            gauge(registry, disk, "orizuru.disk.free.bytes", "what may still be written", Room::freeBytes);
            gauge(
                    registry,
                    disk,
                    "orizuru.disk.reserve.bytes",
                    "what of it stays free",
                    room -> disks.reserve(disk, room));
            gauge(registry, disk, "orizuru.disk.size.bytes", "the whole file system", Room::bytes);
            gauge(registry, disk, "orizuru.disk.free.files", "how many more files it can hold", Room::freeFiles);
        }
    }

    private void gauge(
            MeterRegistry registry, Disk disk, String name, String description, ToDoubleFunction<Room> value) {
        Gauge.builder(name, disk, looked -> {
                    Room room = disks.rooms().get(looked);
                    return room == null ? Double.NaN : value.applyAsDouble(room);
                })
                .tag("disk", disk.name())
                .description(description)
                .strongReference(true)
                .register(registry);
    }
}
