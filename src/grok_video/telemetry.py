"""Logs and metrics."""

from __future__ import annotations

import logging
import sys

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

from .domain.task import Task


def configure_logging(level: str) -> None:
    """Log to standard error: as text on a terminal, as JSON lines elsewhere."""
    terminal = sys.stderr.isatty()
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    # Never log the locals of a traceback: they may contain a key or a prompt.
    plain = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer = console if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer() if terminal else plain,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr)
    # Alembic logs each migration at INFO, and DBOS logs a banner.
    for name in ("alembic", "dbos"):
        logging.getLogger(name).setLevel(logging.ERROR)


class Metrics:
    """Prometheus metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ended = Counter(
            "grok_video_tasks_ended_total", "Tasks that ended", ["backend", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "grok_video_task_seconds",
            "Seconds from acceptance to the end",
            ["backend"],
            buckets=(1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800),
            registry=self.registry,
        )

    def ended(self, task: Task) -> None:
        """Count a task that has ended."""
        self._ended.labels(task.backend, task.status.value).inc()
        if task.completed_at is not None:
            self._seconds.labels(task.backend).observe(task.completed_at - task.created_at)
