"""The module's program with boto3: set up, send, process with totals, clean up."""

import json

import boto3

STREAM, TABLE = "transaction-stream", "user-info"
USERS = [
    ("alice", "Alice Smith", "gold", "US"),
    ("bob", "Bob Jones", "silver", "CA"),
    ("charlie", "Charlie Brown", "bronze", "UK"),
]
PURCHASES = [
    ("alice", 50.00, "Amazon"),
    ("bob", 1500.00, "BestBuy"),
    ("charlie", 25.00, "Starbucks"),
    ("alice", 2000.00, "Apple"),
    ("bob", 15.00, "Netflix"),
    ("alice", 3500.00, "Tesla"),
]

kinesis, dynamodb = boto3.client("kinesis"), boto3.client("dynamodb")


def set_up():
    kinesis.create_stream(StreamName=STREAM, ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName=STREAM, WaiterConfig={"Delay": 1})
    dynamodb.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "userId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "userId", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})
    for names in USERS:
        item = {key: {"S": value} for key, value in zip(("userId", "name", "tier", "country"), names)}
        dynamodb.put_item(TableName=TABLE, Item=item)
    for user, amount, merchant in PURCHASES:
        data = json.dumps({"userId": user, "amount": amount, "merchant": merchant})
        kinesis.put_record(StreamName=STREAM, Data=data, PartitionKey=user)


def events():
    for shard in kinesis.describe_stream(StreamName=STREAM)["StreamDescription"]["Shards"]:
        at = kinesis.get_shard_iterator(
            StreamName=STREAM, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while at:
            page = kinesis.get_records(ShardIterator=at)
            if not page["Records"]:
                break
            yield from (json.loads(record["Data"]) for record in page["Records"])
            at = page.get("NextShardIterator")


def process():
    totals = {}
    for event in events():
        user, amount = event["userId"], event["amount"]
        totals[user] = totals.get(user, 0) + amount
        if amount < 100:
            continue
        item = dynamodb.get_item(TableName=TABLE, Key={"userId": {"S": user}})["Item"]
        risk = "HIGH_RISK" if amount > 3000 else "MEDIUM_RISK" if amount > 1000 else "LOW_RISK"
        print(f"{user} ${amount:.2f} {item['tier']['S']} {item['country']['S']} {risk}")
    for user, total in sorted(totals.items()):
        print(f"{user}: ${total:.2f}")


set_up()
process()
kinesis.delete_stream(StreamName=STREAM)
dynamodb.delete_table(TableName=TABLE)
