"""The totals of the module's stateful processor, in Python with boto3: every shard from
its oldest record on, one after the other, a running total for each user.

Reads the stream that the command line names. Prints the counts and the time as JSON."""

import json
import sys
import time
from collections import defaultdict

import boto3


def shard_ids(kinesis, stream):
    answer = kinesis.list_shards(StreamName=stream)
    return [shard["ShardId"] for shard in answer["Shards"]]


def pages(kinesis, stream, shard):
    start = kinesis.get_shard_iterator(
        StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )
    iterator = start["ShardIterator"]
    while iterator:
        page = kinesis.get_records(ShardIterator=iterator, Limit=10_000)
        if not page["Records"]:
            break
        yield page["Records"]
        iterator = page.get("NextShardIterator")


def main(stream):
    kinesis = boto3.client("kinesis")
    totals = defaultdict(float)
    records = 0
    started = time.perf_counter()
    for shard in shard_ids(kinesis, stream):
        for page in pages(kinesis, stream, shard):
            for record in page:
                event = json.loads(record["Data"])
                totals[event["userId"]] += event["amount"]
            records += len(page)
    seconds = time.perf_counter() - started
    print(json.dumps({"records": records, "users": len(totals), "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1])
