"""Events as the ledgers of a batch hold them."""


def created(key, wanted=2, **more):
    return {
        "event": "created",
        "key": key,
        "hit_id": f"3{key}",
        "hit_type_id": "3TYPE",
        "hit_group_id": "3GROUP",
        "max_assignments": wanted,
        "reward": "0.05",
        "fee": "0.01",
        "creation_time": "2026-11-22T08:00:00Z",
        "expiration": "2026-11-29T08:00:00Z",
        "page": "sha",
    } | more


def assignment(key, name, status="Submitted", submitted="2026-11-22T09:00:00Z", answer=""):
    return {
        "event": "assignment",
        "hit_id": f"3{key}",
        "assignment_id": name,
        "worker_id": "AW",
        "status": status,
        "accept_time": "2026-11-22T08:59:00Z",
        "submit_time": submitted,
        "auto_approval_time": "2026-11-25T09:00:00Z",
        "answer": answer,
    }


def decided(key, name, decision="Approved"):
    return {
        "event": "decided",
        "assignment_id": name,
        "hit_id": f"3{key}",
        "decision": decision,
        "feedback": "",
        "reward": "0.05",
        "fee": "0.01",
        "decided": "2026-11-22T10:00:00Z",
    }
