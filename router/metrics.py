"""Metrics of this process for Prometheus. Updated per request or batch, never per event; totals of the store are added on scrape."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from router.store.accounting import Account, total

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """One registry per process, passed to whoever counts."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        registry = CollectorRegistry()
        self.registry = registry
        self.requests = Counter(
            "gateway_requests",
            "Requests that SDKs made, by answer (`ok` or the error text)",
            ["answer"],
            registry=registry,
        )
        self.events = Counter("gateway_events", "Events accepted or repeated, by source", ["source"], registry=registry)
        self.unconnected = Counter(
            "gateway_unconnected_events",
            "Events accepted from a source with no connection",
            ["source"],
            registry=registry,
        )
        self.mismatches = Counter(
            "gateway_platform_mismatches",
            "Events whose own marks contradict the type of their source",
            ["source"],
            registry=registry,
        )
        self.left_out = Counter(
            "gateway_left_out_events",
            "Events of a request that were not taken with the rest: bad ones of an import, Currents events without name or user",
            ["source"],
            registry=registry,
        )
        self.retried = Counter(
            "gateway_retried_requests",
            "Requests that an SDK says it made before, by the reason it gives: their events may be repeats",
            ["reason"],
            registry=registry,
        )
        self.suppressed = Counter(
            "gateway_suppressed_events",
            "Events of users under a suppression: accepted, not sent on",
            ["source"],
            registry=registry,
        )
        self.suppressed_users = Gauge(
            "router_suppressed_users",
            "Users that regulations in force name, as this process knows it",
            registry=registry,
        )
        self.deleted_users = Counter(
            "delivery_deleted_users",
            "Users that Braze was asked to delete, by destination and outcome (each is asked for twice)",
            ["destination", "outcome"],
            registry=registry,
        )
        self.response_time = Histogram(
            "gateway_response_time_seconds", "Time from the first byte to the answer", registry=registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
        )  # fmt: skip
        self.braze_requests = Counter(
            "delivery_braze_requests", "Requests made to Braze, by destination, path and outcome",
            ["destination", "path", "outcome"], registry=registry,
        )  # fmt: skip
        self.retries = Counter(
            "delivery_retries",
            "Requests that will be made again, by destination and class",
            ["destination", "class"],
            registry=registry,
        )
        self.ambiguous = Counter(
            "delivery_ambiguous_requests", "Requests made again though Braze may have taken them the first time",
            ["destination"], registry=registry,
        )  # fmt: skip
        self.traits_saved = Counter(
            "delivery_trait_updates_saved",
            "Attribute updates that trait dedup left out",
            ["destination"],
            registry=registry,
        )
        self._units = Gauge(
            "router_units",
            "Accepted units (one event for one destination) by where they are now",
            ["state"],
            registry=registry,
        )
        self._counted = Gauge(
            "router_units_counted",
            "Units and repeated messages by what was counted of them, source, destination and rule (from the store)",
            ["outcome", "source", "destination", "rule"],
            registry=registry,
        )
        self._queued = Gauge(
            "router_queued_units", "Units queued, by destination (from the store)", ["destination"], registry=registry
        )
        self._queued_bytes = Gauge(
            "router_queued_bytes",
            "Bytes that they take, compressed, by destination (from the store)",
            ["destination"],
            registry=registry,
        )

    def render(self, account: Account) -> bytes:
        """The exposition text, with the store's account."""
        totals = total(account.counters, queued=sum(account.queued.values()))
        for state in totals.__struct_fields__:
            self._units.labels(state=state).set(getattr(totals, state))
        for name, count in account.counters.items():
            self._counted.labels(*name.split("|", 3)).set(count)
        for gauge, by_destination in ((self._queued, account.queued), (self._queued_bytes, account.queued_bytes)):
            for destination, count in by_destination.items():
                gauge.labels(destination).set(count)
        return generate_latest(self.registry)
